/**
 * What every entry point exports besides its own `EventSource`.
 *
 * @module
 */

import { EventSourceErrorEvent } from "./events.ts";
import type { EventSourceEventMap } from "./types.ts";

export { EventSourceError, type EventSourceErrorReason } from "./errors.ts";
export { EventSourceErrorEvent, EventSourceOpenEvent } from "./events.ts";
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
  PeerCertificate,
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

// The names of the npm package `eventsource` for the same, for code that is written for it.
export type { FetchLikeInit as EventSourceFetchInit } from "./transports/transport.ts";

/** What `error` listeners get; as a class, {@linkcode EventSourceErrorEvent}. */
export type ErrorEvent = EventSourceEventMap["error"];

/** The name that the npm package `eventsource` has for {@linkcode EventSourceErrorEvent}. */
export const ErrorEvent: typeof EventSourceErrorEvent = EventSourceErrorEvent;
