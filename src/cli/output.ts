/**
 * Standard output, and messages on standard error.
 *
 * @module
 */

import process from "node:process";
import { showUrl, showUrlText, visible } from "../shown.ts";
import { paint } from "./format.ts";

type Stream = typeof process.stdout | typeof process.stderr;

/** The part of Deno that is used here; `undefined` on other runtimes. */
export const deno: {
  readonly stdout: { write(bytes: Uint8Array): Promise<number> };
  readonly permissions: {
    query(descriptor: { readonly name: "env" | "sys" }): Promise<{ readonly state: string }>;
  };
} | undefined = (globalThis as { Deno?: typeof deno }).Deno;

/**
 * Writes text to standard output, and waits until that is done: a slow reader slows the source.
 *
 * @returns Whether it was written before the signal was aborted.
 */
export function print(text: string, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve, reject) => {
    const abandon = (): void => resolve(false);
    signal.addEventListener("abort", abandon);
    send(text).then(() => resolve(true), reject)
      .finally(() => signal.removeEventListener("abort", abandon));
  });
}

/**
 * Deno's own standard output: its node:process blocks everything, even signals, while a pipe is not
 * read.
 */
async function send(text: string): Promise<void> {
  if (deno === undefined) return await writeTo(process.stdout, text);
  let rest: Uint8Array = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(await deno.stdout.write(rest));
}

/** Writes text to a stream that may be closed. */
export function tell(stream: Stream, text: string): Promise<void> {
  return writeTo(stream, text).catch(() => {});
}

function writeTo(stream: Stream, text: string): Promise<void> {
  // Without a listener, an error would also end the process.
  if (stream.listenerCount("error") === 0) stream.on("error", () => {});
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => error ? reject(error) : resolve());
  });
}

/** Whether a stream is to have colours. */
export function wantsColor({ isTTY }: Stream): boolean {
  // Deno allows these two without a permission.
  const { FORCE_COLOR, NO_COLOR } = process.env;
  if (FORCE_COLOR) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return isTTY === true && !NO_COLOR && (deno !== undefined || process.env["TERM"] !== "dumb");
}

/** The request headers whose values are never secret. */
export const HARMLESS: RegExp =
  /^(accept(-charset|-encoding|-language)?|cache-control|content-(encoding|language|length|type)|last-event-id|pragma|user-agent)$/i;

/** The response headers that grant access, and those whose values are URLs. */
const SECRET = /auth|cookie|credential|jwt|key|passw|secret|session|signature|token/;
const URLS = /^(content-location|link|location|refresh)$/;

/** Standard error. */
export class Log {
  readonly #verbose: boolean;
  readonly #color = wantsColor(process.stderr);
  /** Resolves when all is written. */
  written: Promise<void> = Promise.resolve();

  constructor(verbose: boolean) {
    this.#verbose = verbose;
  }

  say(text: string): void {
    this.written = tell(process.stderr, `eventsource: ${visible(text)}\n`);
  }

  /** Prints a line with `--verbose` only. */
  note(line: string): void {
    if (!this.#verbose) return;
    this.written = tell(process.stderr, `${paint("gray", visible(line), this.#color)}\n`);
  }

  /** Shows what the command sends, without what the library and the runtime add. */
  request(method: string, url: string, fields: readonly (readonly [string, string])[]): void {
    const { search } = new URL(url);
    // Shows that there is a query, but not its text, which may be secret.
    this.note(`> ${method} ${showUrl(new URL(url))}${search === "" ? "" : "?..."}`);
    for (const [name, value] of fields) {
      if (value !== "") this.note(`> ${name}: ${HARMLESS.test(name) ? value : "(hidden)"}`);
    }
  }

  /** Shows the head of a response. */
  response(status: number = 0, headers: Headers = new Headers(), redirectedTo?: string): void {
    if (redirectedTo !== undefined) this.note(`* redirected to ${showUrl(new URL(redirectedTo))}`);
    this.note(`< ${status}`);
    for (const [name, value] of headers) {
      const shown = URLS.test(name) ? showUrlText(value) : value;
      this.note(`< ${name}: ${SECRET.test(name) ? "(hidden)" : shown}`);
    }
  }
}
