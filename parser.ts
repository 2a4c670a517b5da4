/**
 * The event stream parser alone, for streams that come by other ways than an `EventSource`.
 *
 * @module
 */

export * from "./src/parser.ts";
export * from "./src/parser_stream.ts";
