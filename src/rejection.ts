/**
 * A rejected response, whose body a listener reads, or a loop; otherwise it is cancelled.
 *
 * @module
 */

import { define } from "./check.ts";
import { explain } from "./shown.ts";
import { startTimer } from "./timer.ts";
import { createResponse, discard, type TransportResponse } from "./transports/transport.ts";

/** The most of a body that is read for a loop, in bytes. */
const MAX_BODY = 2 ** 20;

/** The longest that a body is read for a loop, in milliseconds. */
const MAX_TIME = 5000;

/** A rejected response. */
export interface Rejection {
  readonly status: number;
  /** The response for the user; built when it is first asked for. */
  readonly response: Response;
  /** Another response with the bytes that were read, if any. */
  copy(): Response | undefined;
  /** Reads the body for a loop that may throw, so that no socket is held for it. */
  read(signal: AbortSignal): Promise<void>;
  /** Cancels the response, unless its body is being read: the reader gets the rest, too. */
  release(): void;
}

/** @param abort Ends the request. */
export function rejectionOf(answer: TransportResponse, abort: () => void): Rejection {
  const { status, body } = answer;
  let response: Response | undefined;
  let isCloned = false;
  let copyRead: (() => Response) | undefined;

  return {
    status,
    get response(): Response {
      return response ??= copyRead?.() ?? watched();
    },
    copy: () => copyRead?.(),
    async read(signal): Promise<void> {
      const reader = body?.getReader();
      const chunks: Uint8Array[] = [];
      /** Why reading stopped before the end. */
      let problem = "";
      let size = 0;
      let cancelTimer: (() => void) | undefined;
      const stop = (why: string): void => {
        problem = why;
        discard(reader);
      };
      signal.addEventListener("abort", () => stop(problem));
      try {
        cancelTimer = startTimer(MAX_TIME, () => stop(`it is longer than ${MAX_TIME} ms`));
        while (reader) {
          const { done, value } = await reader.read();
          if (done) break;
          size += value.byteLength;
          if (size > MAX_BODY) stop(`it is longer than ${MAX_BODY} bytes`);
          else chunks.push(value);
        }
      } catch (thrown) {
        stop(explain(thrown));
      }
      cancelTimer?.();
      copyRead = () => {
        let next = 0;
        const content = body && new ReadableStream<Uint8Array>({
          // Not all at once: an error would discard the queued chunks.
          pull(controller): void {
            const chunk = chunks[next++];
            if (chunk !== undefined) controller.enqueue(chunk);
            else if (problem === "") controller.close();
            else controller.error(new TypeError(`Cannot read the body: ${problem}`));
          },
        });
        return createResponse(answer, content);
      };
    },
    release(): void {
      if (!copyRead) {
        if (body?.locked || response?.bodyUsed || isCloned) return;
        // It stays locked, so that a later reader fails instead of finding it empty.
        discard(body?.getReader());
      }
      abort();
    },
  };

  /** Firefox does not show that a response was cloned, and aborts the clone with it. */
  function watched(): Response {
    const response = answer.toResponse();
    const { clone } = response;
    define(response, "clone", () => {
      isCloned = true;
      return clone.call(response);
    });
    return response;
  }
}
