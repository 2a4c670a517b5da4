/**
 * The public shape of `EventSource`: structural, and assignable to the one of TypeScript's DOM
 * library.
 *
 * @module
 */

import type { EventSourceErrorDetails, EventSourceOpenDetails } from "./events.ts";
import type { EventSourceInit } from "./options.ts";

/**
 * What an `error` listener is called with: an {@linkcode EventSourceErrorEvent} or, where the
 * server sends `event: error`, a `MessageEvent`. `instanceof` tells them apart: each member of
 * either may be `undefined` until then.
 *
 * @example Tell them apart
 * ```ts
 * import { EventSource, EventSourceErrorEvent } from "@x/eventsource";
 *
 * const source = new EventSource("data:text/event-stream,");
 * source.onerror = (event) => {
 *   // Here, event.message is a string or undefined.
 *   if (event instanceof EventSourceErrorEvent) {
 *     const message: string = event.message;
 *     console.log(message, event.reason);
 *   } else {
 *     console.log("the server said", event.data);
 *   }
 *   source.close();
 * };
 * ```
 */
export interface EventSourceErrorLike extends Event, Partial<EventSourceErrorDetails> {
  /** The data of a message that the server sent as `event: error`. */
  readonly data?: string;
  /** The origin of such a message. */
  readonly origin?: string;
  /** The last event id of such a message. */
  readonly lastEventId?: string;
}

/**
 * What an `open` listener is called with: an {@linkcode EventSourceOpenEvent} or, where the server
 * sends `event: open`, a `MessageEvent`.
 */
export interface EventSourceOpenLike extends Event, Partial<EventSourceOpenDetails> {
  /** The data of a message that the server sent as `event: open`. */
  readonly data?: string;
}

/** The events that an `EventSource` dispatches by itself, by type. */
export interface EventSourceEventMap {
  /** A connection, or an attempt at one, has ended; or the server has sent `event: error`. */
  error: EventSourceErrorLike;
  /** The server has sent a message without a type of its own. */
  message: MessageEvent;
  /** A connection is open; or the server has sent `event: open`. */
  open: EventSourceOpenLike;
}

/** No types of events but the standard's: what a plain `EventSource` knows of. */
export type NoEvents = Record<never, string>;

/**
 * A message whose data is known, and its type where `Type` says so: `MessageEvent` has a type
 * parameter in some libraries alone.
 */
export interface TypedMessageEvent<Data, Type extends string = string> extends MessageEvent {
  /** The text of the `event` field; `"message"` where there is none. */
  readonly type: Type;
  /** The text of the `data` fields. */
  readonly data: Data;
}

/**
 * The events that an `EventSource` dispatches, by type: the standard's, and those that the user
 * says that the server sends.
 */
export type EventSourceEvents<Events> =
  & Omit<EventSourceEventMap, "message">
  & {
    // `Required` has the compiler compare two sources member by member: by `Events` alone it would
    // say that a typed one does not fit where a plain one is wanted.
    message: Required<Events> extends { message: infer Data } ? TypedMessageEvent<Data>
      : MessageEvent;
  }
  & {
    [Type in Exclude<keyof Events & string, keyof EventSourceEventMap>]: TypedMessageEvent<
      Events[Type],
      Type
    >;
  };

/**
 * What a `for await` loop gets: a message, whose type tells the type of its data. Of the types that
 * `Events` does not name there is `message` alone, which is what a message without a type is.
 */
export type EventSourceMessageEvent<Events> = keyof Events extends never ? MessageEvent
  :
    | {
      [Type in keyof Events & string]: TypedMessageEvent<Events[Type], Type>;
    }[keyof Events & string]
    | ("message" extends keyof Events ? never : TypedMessageEvent<string, "message">);

/** Options of `addEventListener`; `capture` alone counts for `removeEventListener`. */
export interface EventSourceListenerOptions {
  /** Whether the listener is called in the capturing phase. */
  capture?: boolean;
  /** Whether the listener is removed once it has been called. */
  once?: boolean;
  /** Whether the listener never calls `preventDefault`. */
  passive?: boolean;
  /** Removes the listener when aborted. */
  signal?: AbortSignal;
}

/** A listener for events of one kind: a function, or an object with `handleEvent`. */
export type EventSourceListener<EventType> =
  | ((event: EventType) => void)
  | { handleEvent(event: EventType): void };

/**
 * What every `EventSource` of this library is, whatever carries its requests.
 *
 * @typeParam Events The types of events that the server sends, each with the type of its data,
 * which is text: `{ price: string; state: "on" | "off" }`. Nothing checks at run time that it is
 * so. A source that names some goes wherever a plain one is wanted.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface}
 */
export interface EventSourceInstance<
  Events extends { [Type in keyof Events]: string } = NoEvents,
> extends EventTarget {
  /** The URL of the source, serialised; `"about:event-stream"` for a stream. */
  readonly url: string;
  /** Whether the source was made `withCredentials`. */
  readonly withCredentials: boolean;
  /** The state: `CONNECTING` (0), `OPEN` (1) or `CLOSED` (2). */
  readonly readyState: 0 | 1 | 2;
  /** No connection: the first is being made, or another after the last one ended. */
  readonly CONNECTING: 0;
  /** A connection is open, and events are dispatched as they come. */
  readonly OPEN: 1;
  /** There is no connection, and there will be none. */
  readonly CLOSED: 2;
  /** Called when a connection has opened. */
  onopen: ((event: EventSourceOpenLike) => void) | null;
  /** Called for messages without a type of their own. */
  onmessage: ((event: EventSourceEvents<Events>["message"]) => void) | null;
  /**
   * Called when a connection, or an attempt at one, has ended, and for messages that the server
   * calls `error`: {@linkcode EventSourceErrorLike} shows how to tell them apart.
   */
  onerror: ((event: EventSourceErrorLike) => void) | null;
  /**
   * The last event id, as the next request will send it; empty where there is none.
   *
   * @see {@link https://github.com/whatwg/html/pull/12272}
   */
  readonly lastEventId: string;
  /**
   * The reconnection time in milliseconds: `reconnection.delay`, which is 3000 by default, or what
   * the server's `retry` field last set it to.
   *
   * @see {@link https://github.com/whatwg/html/pull/12272}
   */
  readonly reconnectionTime: number;
  /** Closes the connection, if any, for good: no further event is dispatched. */
  close(): void;
  /**
   * Discards what has been received and not dispatched, such that another stream can be piped in.
   * Keeps `lastEventId`, `reconnectionTime` and `readyState`.
   *
   * @see {@link https://github.com/whatwg/html/pull/12272}
   */
  reset(): void;
  /**
   * Drops the present connection, or the wait for one, and connects at once. With an open
   * connection a new row of attempts begins; otherwise the row, bounded by `maxAttempts`, goes on.
   *
   * @throws {DOMException} "InvalidStateError", if the source is `CLOSED` or made from a stream, or
   * if its request has a body that cannot be sent again.
   */
  reconnect(): void;
  /**
   * The messages of all types from now on, in order, for `for await`. While the loop is behind, the
   * source reads no further: listeners get nothing either, and silence does not count as idle. No
   * message is dropped. Leaving the loop closes the source.
   *
   * The loop ends at `close()`, and where nothing is to be retried and nothing was wrong: the end
   * of a stream, or of the answer to a POST. Any other final failure is thrown.
   *
   * @throws {EventSourceError} The final failure, with `reason`, `status` and `cause`.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<EventSourceMessageEvent<Events>, undefined>;
  /** The same as `close()`, for `using`. */
  [Symbol.dispose](): void;
  /** Adds a listener for `open`, `message`, `error`, or a type that `Events` names. */
  addEventListener<Type extends keyof EventSourceEvents<Events>>(
    type: Type,
    listener: EventSourceListener<EventSourceEvents<Events>[Type]> | null,
    options?: boolean | EventSourceListenerOptions,
  ): void;
  /** Adds a listener for messages of any other type. */
  addEventListener(
    type: string,
    listener: EventSourceListener<MessageEvent> | null,
    options?: boolean | EventSourceListenerOptions,
  ): void;
  /** Removes a listener for `open`, `message`, `error`, or a type that `Events` names. */
  removeEventListener<Type extends keyof EventSourceEvents<Events>>(
    type: Type,
    listener: EventSourceListener<EventSourceEvents<Events>[Type]> | null,
    options?: boolean | EventSourceListenerOptions,
  ): void;
  /** Removes a listener for messages of any other type. */
  removeEventListener(
    type: string,
    listener: EventSourceListener<MessageEvent> | null,
    options?: boolean | EventSourceListenerOptions,
  ): void;
}

/** The constructor of an `EventSource`, with its constants and static method. */
export interface EventSourceConstructor {
  /** The prototype of every source. */
  readonly prototype: EventSourceInstance;
  /**
   * Makes a source and, in a later microtask, its first request.
   *
   * @example Named events, typed
   * ```ts
   * import { EventSource } from "@x/eventsource";
   *
   * const source = new EventSource<{ price: string; state: "on" | "off" }>(
   *   "data:text/event-stream,event:state%0Adata:on%0A%0A",
   * );
   * source.addEventListener("state", ({ data }) => {
   *   if (data === "on") source.close();
   * });
   * ```
   *
   * @param url The URL, absolute or relative to the document or location where there is one.
   * @param init The options.
   * @throws {DOMException} "SyntaxError", if `url` cannot be parsed.
   * @throws {TypeError} If an option is of the wrong type or cannot be honoured here.
   * @throws {RangeError} If a number among the options is out of range.
   */
  new <Events extends { [Type in keyof Events]: string } = NoEvents>(
    url: string | URL,
    init?: EventSourceInit | null,
  ): EventSourceInstance<Events>;
  /** No connection: the first is being made, or another after the last one ended. */
  readonly CONNECTING: 0;
  /** A connection is open, and events are dispatched as they come. */
  readonly OPEN: 1;
  /** There is no connection, and there will be none. */
  readonly CLOSED: 2;
  /**
   * Makes a source that reads a stream, and closes at its end.
   *
   * @param stream An event stream; it is locked at once.
   * @returns The source, `CONNECTING`.
   * @throws {TypeError} If `stream` is no `ReadableStream`, or is locked.
   * @see {@link https://github.com/whatwg/html/pull/12272}
   */
  fromReadableStream<Events extends { [Type in keyof Events]: string } = NoEvents>(
    stream: ReadableStream<Uint8Array | string>,
  ): EventSourceInstance<Events>;
}
