/**
 * The streams that the command writes to.
 *
 * @module
 */

import process from "node:process";

/** A stream that is written to, as node:process has them. */
export type Stream = typeof process.stdout | typeof process.stderr;

/** Standard output: what is written is waited for, such that a slow reader slows the source. */
export class Output {
  readonly #stream: Stream;
  readonly #signal: AbortSignal;

  /** Once `signal` is aborted, nothing is waited for; `onError` is told that nobody can be reached. */
  constructor(stream: Stream, signal: AbortSignal, onError: (error: Error) => void) {
    this.#stream = stream;
    this.#signal = signal;
    stream.on("error", onError);
  }

  /** Writes text; whether it has been written. */
  write(text: string): Promise<boolean> {
    const signal = this.#signal;
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const abandon = (): void => resolve(false);
      signal.addEventListener("abort", abandon);
      this.#stream.write(text, (error) => {
        signal.removeEventListener("abort", abandon);
        resolve(!error);
      });
    });
  }
}

/** Writes text to a stream that may be closed, for those who may not listen. */
export function tell(stream: Stream, text: string): Promise<void> {
  if (stream.listenerCount("error") === 0) stream.on("error", () => {});
  return new Promise((resolve) => stream.write(text, () => resolve()));
}

/** Whether a stream is to have colours. */
export function wantsColor({ isTTY }: Stream): boolean {
  // Deno lets these two be read without a permission.
  const { FORCE_COLOR, NO_COLOR } = process.env;
  if (FORCE_COLOR) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return isTTY === true && !NO_COLOR && ("Deno" in globalThis || process.env["TERM"] !== "dumb");
}
