/**
 * The event stream parser as a `TransformStream`.
 *
 * @module
 */

import { createParser } from "./parser.ts";
import type { EventSourceMessage, EventSourceParser } from "./types.ts";

/** What {@linkcode EventSourceParserStream} takes. */
export interface StreamOptions {
  /** Called at the blank line that ends a block with an `id` field, whether or not it has data. */
  onId?: ((id: string) => void) | undefined;
  /**
   * Called for a valid `retry` field, with the reconnection time in milliseconds: the number that its
   * digits are, of any size; `Infinity` from 309 digits on.
   */
  onRetry?: ((retry: number) => void) | undefined;
  /** Called for a comment, with what follows its colon, less one leading space. */
  onComment?: ((comment: string) => void) | undefined;
  /**
   * What to do about a line that the standard ignores: call a function with the `ParseError`, or
   * error the stream (`"terminate"`). Default: nothing.
   */
  onError?: "terminate" | ((error: Error) => void) | undefined;
  /**
   * The most that one line and the block it belongs to may hold, in UTF-16 code units. A stream
   * that goes beyond it is errored, whatever `onError` says. Default: `Infinity`.
   */
  maxBufferSize?: number | undefined;
}

/**
 * A `TransformStream` that takes an event stream as text or bytes (UTF-8) and gives its messages.
 *
 * @example Pipe a response through it
 * ```ts
 * import { EventSourceParserStream } from "@x/eventsource";
 *
 * const response = new Response("event: greeting\ndata: hello\n\n");
 * for await (const message of response.body!.pipeThrough(new EventSourceParserStream())) {
 *   console.log(message.event, message.data);
 * }
 * ```
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation}
 */
export class EventSourceParserStream
  extends TransformStream<string | Uint8Array, EventSourceMessage> {
  /**
   * Makes a stream that parses.
   *
   * @param options Callbacks, what to do about errors, and the limit.
   * @throws {TypeError} If a callback is not a function.
   * @throws {RangeError} If `maxBufferSize` is not a positive number.
   */
  constructor(options: StreamOptions = {}) {
    const { onError } = options;
    const report = onError === "terminate"
      ? (error: Error): void => {
        // Which errors the stream; what is left of the chunk is dropped.
        throw error;
      }
      : onError;
    let parser: EventSourceParser;
    super({
      start(controller): void {
        parser = createParser({
          ...options,
          onEvent: (message) => controller.enqueue(message),
          // What is no function is the parser's to refuse. Without one, it throws what ends the
          // stream.
          onError: typeof report !== "function" ? report : (error): void => {
            report(error);
            // Only the error of the limit has no line.
            if (!error.line) throw error;
          },
        });
      },
      transform: (chunk): void => parser.feed(chunk),
    });
  }
}
