/**
 * The streams that the command writes to.
 *
 * Deno's version of node:process writes such that, while nobody reads a pipe, nothing else goes on,
 * not even a signal: there, Deno's own standard output is written to.
 *
 * @module
 */

import process from "node:process";

/** A stream that is written to, as node:process has them. */
export type Stream = typeof process.stdout | typeof process.stderr;

/** What is used of Deno. */
interface DenoGlobal {
  readonly stdout: { write(bytes: Uint8Array): Promise<number> };
}

/** Standard output: what is written is waited for, such that a slow reader slows the source. */
export class Output {
  readonly #signal: AbortSignal;
  readonly #onError: (error: Error) => void;

  /**
   * Once `signal` is aborted, nothing is waited for; `onError` is told that nothing can be written.
   */
  constructor(signal: AbortSignal, onError: (error: Error) => void) {
    this.#signal = signal;
    this.#onError = onError;
    process.stdout.on("error", () => {});
  }

  /** Writes text; whether it has been written. Called again once that is known. */
  write(text: string): Promise<boolean> {
    const signal = this.#signal;
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const abandon = (): void => resolve(false);
      signal.addEventListener("abort", abandon);
      send(text).then(() => resolve(true), (error) => {
        this.#onError(error);
        resolve(false);
      }).finally(() => signal.removeEventListener("abort", abandon));
    });
  }
}

async function send(text: string): Promise<void> {
  const { Deno } = globalThis as { Deno?: DenoGlobal };
  if (Deno === undefined) {
    return await new Promise((resolve, reject) => {
      process.stdout.write(text, (error) => error ? reject(error) : resolve());
    });
  }
  let rest: Uint8Array = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(await Deno.stdout.write(rest));
}

/** Whether an error says that nobody reads any longer. */
export function isBrokenPipe(error: Error): boolean {
  return (error as { code?: unknown }).code === "EPIPE" || error.name === "BrokenPipe";
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
