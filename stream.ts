/**
 * The event stream parser as a `TransformStream`, by the name that the npm package
 * `eventsource-parser` has for it: the same as in `@x/eventsource` and `@x/eventsource/parser`.
 *
 * @example Read the messages of a response
 * ```ts
 * import { EventSourceParserStream } from "@x/eventsource/stream";
 *
 * const { body } = new Response("event: greeting\ndata: hello\n\n");
 * for await (const { event, data } of body!.pipeThrough(new EventSourceParserStream())) {
 *   console.log(event, data);
 * }
 * ```
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation}
 * @module
 */

export { type ErrorType, ParseError } from "./src/parser/parse_error.ts";
export type { EventSourceMessage } from "./src/parser/types.ts";
export { EventSourceParserStream, type StreamOptions } from "./src/parser/parser_stream.ts";
