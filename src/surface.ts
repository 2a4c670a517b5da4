/**
 * What every entry point exports besides its own `EventSource`.
 *
 * @module
 */

export { EventSourceError, type EventSourceErrorReason } from "./errors.ts";
export { EventSourceErrorEvent, EventSourceOpenEvent } from "./events.ts";
export type { EventSourceInit, ReconnectionInit } from "./options.ts";
export * from "./parser/parse_error.ts";
export * from "./parser/parser.ts";
export * from "./parser/parser_stream.ts";
export type { AttemptContext, HeadersInput } from "./request/headers.ts";
export type {
  AgentLike,
  CreateConnection,
  FetchLike,
  FetchLikeInit,
  HttpsFunctions,
  HttpsOptions,
  PeerCertificate,
  Pem,
  RequestBody,
} from "./transports/transport.ts";
export type {
  EventSourceConstructor,
  EventSourceEventMap,
  EventSourceListener,
  EventSourceListenerOptions,
  EventSourceMessageEvent,
  TypedMessageEvent,
} from "./types.ts";
