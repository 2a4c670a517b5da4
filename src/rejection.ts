/**
 * A rejected response, whose body a listener reads, or a loop; otherwise it is cancelled.
 *
 * @module
 */

import { explain } from "./shown.ts";
import { startTimer } from "./timer.ts";
import { createResponse, type TransportResponse } from "./transports/transport.ts";

/** The most of a body that is read for a loop, in bytes. */
const MAX_BODY = 1024 * 1024;

/** The longest that a body is read for a loop, in milliseconds. */
const MAX_TIME = 5000;

/** A rejected response. */
export class Rejection {
  readonly #answer: TransportResponse;
  readonly #abort: () => void;
  #response: Response | undefined;
  #isCloned = false;
  /** The bytes that were read, and why reading stopped. */
  #content: { readonly chunks: Uint8Array[]; readonly problem: string } | undefined;

  /** @param abort Ends the request. */
  constructor(answer: TransportResponse, abort: () => void) {
    this.#answer = answer;
    this.#abort = abort;
  }

  get status(): number {
    return this.#answer.status;
  }

  /** The response for the user; built when it is first asked for. */
  get response(): Response {
    return this.#response ??= this.copy() ?? this.#watched();
  }

  /** Firefox does not show that a response was cloned, and aborts the clone with it. */
  #watched(): Response {
    const response = this.#answer.toResponse();
    const { clone } = response;
    const value = (): Response => {
      this.#isCloned = true;
      return clone.call(response);
    };
    return Object.defineProperty(response, "clone", { value, configurable: true, writable: true });
  }

  /** Another response with the bytes that were read, if any. */
  copy(): Response | undefined {
    if (this.#content === undefined) return undefined;
    const { body } = this.#answer;
    const { chunks, problem } = this.#content;
    let next = 0;
    const content = body && new ReadableStream<Uint8Array>({
      // Not all at once: an error would discard the queued chunks.
      pull(controller): void {
        const chunk = chunks[next++];
        if (chunk !== undefined) controller.enqueue(chunk);
        else if (problem === "") controller.close();
        else controller.error(new TypeError(`Cannot read the body: ${problem}`));
      },
    }, { highWaterMark: 0 });
    return createResponse(this.#answer, content);
  }

  /** Reads the body for a loop that may throw, so that no socket is held for it. */
  async read(signal: AbortSignal): Promise<void> {
    const reader = this.#answer.body?.getReader();
    const chunks: Uint8Array[] = [];
    let problem = "";
    let size = 0;
    const stop = (why: string): void => {
      problem = why;
      reader?.cancel().catch(() => {});
    };
    signal.addEventListener("abort", () => stop("the source was closed"));
    let cancelTimer: (() => void) | undefined;
    try {
      cancelTimer = startTimer(MAX_TIME, () => stop(`it took longer than ${MAX_TIME} ms`));
    } catch {
      stop("no timer can be set here");
    }
    try {
      while (reader !== undefined) {
        const { done, value } = await reader.read();
        if (done) break;
        size += value.byteLength;
        if (size > MAX_BODY) stop(`it is longer than ${MAX_BODY} bytes`);
        else chunks.push(value);
      }
    } catch (thrown) {
      problem = explain(thrown);
    }
    cancelTimer?.();
    this.#content = { chunks, problem };
  }

  /** Cancels the response, unless its body is being read: the reader gets the rest, too. */
  release(): void {
    const { body } = this.#answer;
    if (this.#content === undefined) {
      if (body?.locked || this.#response?.bodyUsed || this.#isCloned) return;
      // It stays locked, so that a later reader fails instead of finding it empty.
      body?.getReader().cancel().catch(() => {});
    }
    this.#abort();
  }
}
