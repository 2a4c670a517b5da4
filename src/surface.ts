/**
 * What every entry point exports besides its own `EventSource`.
 *
 * @module
 */

export { EventSourceError, type EventSourceErrorReason } from "./errors.ts";
export { EventSourceErrorEvent, EventSourceOpenEvent } from "./events.ts";
// The names that the npm package `eventsource` has for the same, for what is written for it.
export { EventSourceErrorEvent as ErrorEvent } from "./events.ts";
export type { FetchLikeInit as EventSourceFetchInit } from "./transports/transport.ts";
export type { EventSourceInit, ReconnectionInit } from "./options.ts";
export * from "./parser/parse_error.ts";
export * from "./parser/parser.ts";
export * from "./parser/parser_stream.ts";
export type * from "./parser/types.ts";
export type { AttemptContext, HeadersInput } from "./request/headers.ts";
export type {
  FetchLike,
  FetchLikeInit,
  HttpsOptions,
  RequestBody,
} from "./transports/transport.ts";
export type {
  // The name that editors show is the entry's, which extends it.
  EventSource as EventSourceInstance,
  EventSourceConstructor,
  EventSourceEventMap,
  EventSourceListener,
  EventSourceListenerOptions,
  EventSourceMessageEvent,
  TypedMessageEvent,
} from "./types.ts";
