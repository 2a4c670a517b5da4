/**
 * The event stream parser alone, for streams that do not come from an `EventSource`: a function and a
 * `TransformStream`, for text and bytes.
 *
 * @example Parse chunks as they arrive
 * ```ts
 * import { createParser } from "@x/eventsource/parser";
 *
 * const parser = createParser({ onEvent: ({ event, data }) => console.log(event, data) });
 * parser.feed("event: wind\nda");
 * parser.feed("ta: 5.2\n\n");
 * ```
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation}
 * @module
 */

export * from "./src/parser/parse_error.ts";
export * from "./src/parser/parser.ts";
export * from "./src/parser/parser_stream.ts";
export type * from "./src/parser/types.ts";
