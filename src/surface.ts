/**
 * What every entry point exports besides its own `EventSource`.
 *
 * @module
 */

export {
  type EventSourceErrorDetails,
  EventSourceErrorEvent,
  type EventSourceErrorInit,
  type EventSourceOpenDetails,
  EventSourceOpenEvent,
} from "./events.ts";
export type { EventSourceError, EventSourceErrorReason } from "./failure.ts";
export type { HeadersInput } from "./headers.ts";
export type {
  BodyFunction,
  EventSourceInit,
  HeadersContext,
  HeadersFunction,
  ReconnectionInit,
} from "./init.ts";
export * from "./parser/parse_error.ts";
export * from "./parser/parser.ts";
export * from "./parser/parser_stream.ts";
export type * from "./parser/types.ts";
export type {
  FetchLike,
  FetchLikeInit,
  HttpsOptions,
  Pem,
  RequestBody,
} from "./transports/transport.ts";
export type {
  EventSourceConstructor,
  EventSourceErrorLike,
  EventSourceEventMap,
  EventSourceEvents,
  EventSourceInstance,
  EventSourceListener,
  EventSourceListenerOptions,
  EventSourceMessageEvent,
  EventSourceOpenLike,
  NoEvents,
  TypedMessageEvent,
} from "./types.ts";
