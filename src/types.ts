/**
 * The public shape of `EventSource`: structural, and assignable to the one of TypeScript's DOM
 * library.
 *
 * @module
 */

import type { EventSourceError } from "./errors.ts";
import type { EventSourceErrorEvent, EventSourceOpenEvent } from "./events.ts";
import type { EventSourceInit } from "./options.ts";

/**
 * A message with a typed `data`, and a typed `type` if `Type` is given. (`MessageEvent` has a type
 * parameter in some type libraries only.)
 */
export interface TypedMessageEvent<Data extends string = string, Type extends string = string>
  extends MessageEvent {
  /** The text of the `event` field; `"message"` if there is none. */
  readonly type: Type;
  /** The text of the `data` fields. */
  readonly data: Data;
}

/**
 * The events of an `EventSource` by type: the standard ones, and those that `Events` names.
 *
 * A server may also send `event: error` or `event: open`. Listeners for these types therefore get
 * either an event of this library or a `MessageEvent`. Use `instanceof` to tell them apart; before
 * that, each member may be `undefined`.
 *
 * @example Tell them apart
 * ```ts
 * import { EventSource, EventSourceErrorEvent } from "@x/eventsource";
 *
 * const source = new EventSource("https://example.com/events");
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
export type EventSourceEventMap<Events = Record<never, string>> =
  & {
    /** A connection has ended, or an attempt has failed; or the server sent `event: error`. */
    error:
      & Event
      & Partial<Omit<EventSourceErrorEvent, keyof Event | "error">>
      // In the types of Node.js, the `error` of an error event is no more than an `Error`.
      & {
        readonly error?: Error & Partial<Pick<EventSourceError, "reason" | "status" | "response">>;
      }
      & Partial<Pick<TypedMessageEvent, "data" | "origin" | "lastEventId">>;
    /** A connection has opened; or the server sent `event: open`. */
    open:
      & Event
      & Partial<Omit<EventSourceOpenEvent, keyof Event>>
      & Partial<Pick<TypedMessageEvent, "data">>;
    /** A message without a type of its own. */
    // `Required` makes the compiler compare two sources member by member. By `Events` alone, a typed
    // source would not be assignable to a plain one.
    message: Required<Events> extends { message: infer Data extends string }
      ? TypedMessageEvent<Data>
      : TypedMessageEvent;
  }
  & {
    [Type in Exclude<keyof Events & string, "error" | "message" | "open">]: TypedMessageEvent<
      Events[Type] & string,
      Type
    >;
  };

/**
 * The messages of a `for await` loop: `type` tells the type of `data`. Besides the types that
 * `Events` names there is `message`, for messages that the server did not name.
 */
export type EventSourceMessageEvent<Events = Record<never, string>> = keyof Events extends never
  ? TypedMessageEvent
  :
    | {
      [Type in keyof Events & string]: TypedMessageEvent<Events[Type] & string, Type>;
    }[keyof Events & string]
    | ("message" extends keyof Events ? never : TypedMessageEvent<string, "message">);

/** Options of `addEventListener`; `removeEventListener` uses `capture` alone. */
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
 * A client for server-sent events.
 *
 * @typeParam Events The names of the server's events, each with the type of its data, which is text:
 * `{ price: string; state: "on" | "off" }`. Nothing checks this at run time. A typed source is
 * assignable to a plain one.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface}
 */
export interface EventSource<
  Events extends { [Type in keyof Events]: string } = Record<never, string>,
> extends EventTarget {
  /** The URL of the source, serialised; `"about:event-stream"` for a stream. */
  readonly url: string;
  /** Whether the source was constructed with `withCredentials: true`. */
  readonly withCredentials: boolean;
  /** The state: `CONNECTING` (0), `OPEN` (1) or `CLOSED` (2). */
  readonly readyState: 0 | 1 | 2;
  /** Connecting for the first time, or waiting or connecting again after a connection ended. */
  readonly CONNECTING: 0;
  /** A connection is open, and events are dispatched as they arrive. */
  readonly OPEN: 1;
  /** Closed for good. */
  readonly CLOSED: 2;
  // Handlers are `null` until they are set. Their getters do not say so, because they are never `null`
  // in the types of Node.js 20 and 22, to which a source must be assignable.
  /** Called when a connection opens; `null` if not set. */
  get onopen(): (event: EventSourceEventMap["open"]) => void;
  /** @ignore */
  set onopen(handler: ((event: EventSourceEventMap["open"]) => void) | null);
  /** Called for messages that the server did not name; `null` if not set. */
  // The type of a method, so that a source with typed messages is assignable to a plain one.
  get onmessage(): { call(event: EventSourceEventMap<Events>["message"]): void }["call"];
  /** @ignore */
  set onmessage(
    handler: { call(event: EventSourceEventMap<Events>["message"]): void }["call"] | null,
  );
  /**
   * Called whenever a connection ends or an attempt fails, and for messages that the server names
   * `error`; `null` if not set. {@linkcode EventSourceEventMap} shows how to tell them apart.
   */
  get onerror(): (event: EventSourceEventMap["error"]) => void;
  /** @ignore */
  set onerror(handler: ((event: EventSourceEventMap["error"]) => void) | null);
  /**
   * The last event id, as the next request will send it; `""` if there is none.
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
  /** Closes the source for good. No further event is dispatched. */
  close(): void;
  /**
   * Discards received data that has not been dispatched, so that another stream can be piped in.
   * Keeps `lastEventId`, `reconnectionTime` and `readyState`.
   *
   * @see {@link https://github.com/whatwg/html/pull/12272}
   */
  reset(): void;
  /**
   * Drops the current connection, or the wait for one, and connects at once. If a connection was
   * open, attempts are counted anew; after a failure the count is kept, so that calling this from
   * every `error` listener still reaches `maxRetries`.
   *
   * @throws {DOMException} "InvalidStateError" if the source is `CLOSED`, was made from a stream, or
   * has a body that cannot be sent again.
   */
  reconnect(): void;
  /**
   * Yields messages of all types from now on, in order, for `for await`. While the loop is behind,
   * the source reads no further: no message is dropped, listeners wait too, and `idleTimeout` is
   * suspended. Leaving the loop closes the source.
   *
   * The loop finishes its buffered messages and ends after `close()`, or when a stream or the answer
   * to a POST has ended and is not retried. Any other final failure is thrown.
   *
   * @throws {EventSourceError} The final failure, with `reason`, `status` and `cause`.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<EventSourceMessageEvent<Events>, undefined>;
  /** The same as `close()`, for `using`. */
  [Symbol.dispose](): void;
  /** Adds a listener for `open`, `message`, `error`, or a type that `Events` names. */
  addEventListener<Type extends keyof EventSourceEventMap<Events>>(
    type: Type,
    listener: EventSourceListener<EventSourceEventMap<Events>[Type]> | null,
    options?: boolean | EventSourceListenerOptions,
  ): void;
  /** Adds a listener for messages of another type. */
  addEventListener(
    type: string,
    listener: EventSourceListener<MessageEvent> | null,
    options?: boolean | EventSourceListenerOptions,
  ): void;
  /** Removes a listener for `open`, `message`, `error`, or a type that `Events` names. */
  removeEventListener<Type extends keyof EventSourceEventMap<Events>>(
    type: Type,
    listener: EventSourceListener<EventSourceEventMap<Events>[Type]> | null,
    options?: boolean | EventSourceListenerOptions,
  ): void;
  /** Removes a listener for messages of another type. */
  removeEventListener(
    type: string,
    listener: EventSourceListener<MessageEvent> | null,
    options?: boolean | EventSourceListenerOptions,
  ): void;
}

/** The constructor of an `EventSource`, with its constants and static method. */
export interface EventSourceConstructor {
  /** The prototype of every source. */
  readonly prototype: EventSource;
  /**
   * Creates a source. The first request is sent in a later microtask.
   *
   * @example Named events, typed
   * ```ts
   * import { EventSource } from "@x/eventsource";
   *
   * const source = new EventSource<{ price: string; state: "on" | "off" }>(
   *   "https://example.com/events",
   * );
   * source.addEventListener("state", ({ data }) => {
   *   if (data === "on") source.close();
   * });
   * ```
   *
   * @param url The URL, absolute or relative to the document or location where there is one.
   * @param init The options.
   * @throws {DOMException} "SyntaxError" if `url` cannot be parsed.
   * @throws {TypeError} If an option has the wrong type or is not supported on this runtime.
   * @throws {RangeError} If a numeric option is out of range.
   */
  new <Events extends { [Type in keyof Events]: string } = Record<never, string>>(
    url: string | URL,
    init?: EventSourceInit | null,
  ): EventSource<Events>;
  /** Connecting for the first time, or waiting or connecting again after a connection ended. */
  readonly CONNECTING: 0;
  /** A connection is open, and events are dispatched as they arrive. */
  readonly OPEN: 1;
  /** Closed for good. */
  readonly CLOSED: 2;
  /**
   * Creates a source that reads a stream, and closes when it ends.
   *
   * @param stream An event stream, unlocked; it is locked at once.
   * @returns The source, `CONNECTING`.
   * @throws {TypeError} If `stream` is not a `ReadableStream`, or is locked.
   * @see {@link https://github.com/whatwg/html/pull/12272}
   */
  fromReadableStream<Events extends { [Type in keyof Events]: string } = Record<never, string>>(
    stream: ReadableStream<Uint8Array | string>,
  ): EventSource<Events>;
}
