/**
 * `EventSource` as a page sees it: its attributes, its state and the events it dispatches.
 *
 * @module
 */

import { Connection, type Ending } from "./connection.ts";
import { dispatch, dispatchToListeners, reflectsHandlers, reportException } from "./dispatch.ts";
import { EventHandler } from "./event_handler.ts";
import {
  EventSourceErrorEvent,
  type EventSourceOpenDetails,
  EventSourceOpenEvent,
  StreamMessageEvent,
} from "./events.ts";
import { type EventSourceError, explain, Failure } from "./failure.ts";
import { type UserHeaders, userHeaders } from "./headers.ts";
import { type EventSourceInit, type HeadersFunction, parseInit, type Settings } from "./init.ts";
import { createParser, type EventSourceMessage, type EventSourceParser } from "./parser.ts";
import { isRetried, startTimer } from "./reconnection.ts";
import type { Transport, TransportInit } from "./transports/transport.ts";
import type { EventSourceConstructor, EventSourceInstance } from "./types.ts";
import { parseUrl, showUrl } from "./url.ts";
import { constants, enumerable, toStringTag } from "./web_idl.ts";

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;

/** The standard asks for "a few seconds"; Chromium waits as long. */
const DEFAULT_RECONNECTION_TIME = 3000;

/** What the open event of a source made from a stream says: the URL is pull request 12272's. */
const STREAM_DETAILS: EventSourceOpenDetails = {
  status: undefined,
  headers: undefined,
  url: "about:event-stream",
  redirected: false,
};

const MEMBERS = [
  "url",
  "withCredentials",
  "readyState",
  "lastEventId",
  "reconnectionTime",
  "onopen",
  "onmessage",
  "onerror",
  "close",
  "reset",
];

type Handler<Type extends "onopen" | "onmessage" | "onerror"> = NonNullable<
  EventSourceInstance[Type]
>;

/** Makes the class for a runtime, given what carries its requests. */
export function createEventSource(
  createTransport: (init: TransportInit) => Transport,
): EventSourceConstructor {
  /** Handed from `fromReadableStream` to the constructor that it calls. */
  let handedReader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  class EventSourceClass extends EventTarget {
    readonly #url: URL;
    readonly #settings: Settings;
    readonly #parser: EventSourceParser;
    /** Undefined for a source that was made from a stream. */
    readonly #transport: Transport | undefined;
    readonly #onopen: EventHandler<Handler<"onopen">> = new EventHandler(this, "open");
    readonly #onmessage: EventHandler<Handler<"onmessage">> = new EventHandler(this, "message");
    readonly #onerror: EventHandler<Handler<"onerror">> = new EventHandler(this, "error");
    readonly #closeOnAbort = (): void => this.close();
    #readyState: 0 | 1 | 2 = CONNECTING;
    #lastEventId: string;
    /** Whether the last event id is settled, such that one among the user's headers is void. */
    #idSettled: boolean;
    #reconnectionTime = DEFAULT_RECONNECTION_TIME;
    #origin = "null";
    /** At most one, and no timer beside it. */
    #connection: Connection | undefined;
    #cancelTimer: (() => void) | undefined;
    /** How many attempts in a row have opened no connection, and why the last one ended. */
    #attempt = 0;
    #error: EventSourceError | undefined;

    constructor(url: string | URL, init?: EventSourceInit | null) {
      const reader = handedReader;
      handedReader = undefined;
      if (arguments.length === 0) {
        throw new TypeError("Cannot construct EventSource: the URL is missing");
      }
      super();
      this.#url = parseUrl(`${url}`);
      this.#settings = parseInit(init);
      const { headers, lastEventId, signal } = this.#settings;
      this.#idSettled = lastEventId !== undefined;
      this.#lastEventId = lastEventId ??
        (typeof headers === "function" ? undefined : headers.lastEventId) ?? "";
      this.#parser = this.#createParser();
      if (reader !== undefined) {
        this.#openConnection().read(reader, STREAM_DETAILS);
        return;
      }
      this.#transport = createTransport(this.#settings);
      if (signal?.aborted) {
        this.#readyState = CLOSED;
        return;
      }
      signal?.addEventListener("abort", this.#closeOnAbort);
      this.#connect();
    }

    static fromReadableStream(
      stream: ReadableStream<Uint8Array> | ReadableStream<string>,
    ): EventSourceClass {
      if (!(stream instanceof ReadableStream)) {
        throw new TypeError(
          `Cannot create an EventSource: the stream must be a ReadableStream, got ${typeof stream}`,
        );
      }
      if (stream.locked) {
        throw new TypeError("Cannot create an EventSource: the stream is locked");
      }
      // Locked here and now. What its chunks are is the parser's to judge, one by one.
      handedReader = (stream as ReadableStream<Uint8Array>).getReader();
      return new EventSourceClass(STREAM_DETAILS.url);
    }

    get url(): string {
      return this.#url.href;
    }

    get withCredentials(): boolean {
      return this.#settings.withCredentials;
    }

    get readyState(): 0 | 1 | 2 {
      return this.#readyState;
    }

    get lastEventId(): string {
      return this.#lastEventId;
    }

    get reconnectionTime(): number {
      return this.#reconnectionTime;
    }

    get onopen(): Handler<"onopen"> | null {
      return this.#onopen.value;
    }

    set onopen(value: Handler<"onopen"> | null) {
      this.#onopen.value = value;
    }

    get onmessage(): Handler<"onmessage"> | null {
      return this.#onmessage.value;
    }

    set onmessage(value: Handler<"onmessage"> | null) {
      this.#onmessage.value = value;
    }

    get onerror(): Handler<"onerror"> | null {
      return this.#onerror.value;
    }

    set onerror(value: Handler<"onerror"> | null) {
      this.#onerror.value = value;
    }

    close(): void {
      this.#shutDown();
      this.#connection?.close();
      this.#connection = undefined;
      // Where the parser is what called, it stops: not even the same chunk goes on.
      this.#parser.reset();
    }

    reset(): void {
      this.#parser.reset();
    }

    #connect(): void {
      const { headers, withCredentials } = this.#settings;
      const transport = this.#transport;
      if (transport === undefined) return;
      this.#openConnection().request({
        transport,
        url: this.#url,
        withCredentials,
        headers: () => typeof headers === "function" ? this.#callHeaders(headers) : headers,
        lastEventId: (user) => {
          if (!this.#idSettled) this.#lastEventId = user.lastEventId ?? this.#lastEventId;
          return this.#lastEventId;
        },
      });
    }

    #openConnection(): Connection {
      this.#parser.reset();
      this.#connection = new Connection({
        onOpen: (details) => this.#announce(details),
        onChunk: (chunk) => this.#parser.feed(chunk),
        onEnd: (ending) => this.#onEnd(ending),
      });
      return this.#connection;
    }

    async #callHeaders(headers: HeadersFunction): Promise<UserHeaders> {
      try {
        const context = {
          attempt: this.#attempt,
          lastEventId: this.#lastEventId,
          error: this.#error,
        };
        return userHeaders(await headers(context));
      } catch (thrown) {
        throw new Failure("request", `Cannot get the headers of a request: ${explain(thrown)}`, {
          cause: thrown,
        });
      }
    }

    #createParser(): EventSourceParser {
      const { maxBufferSize, onComment } = this.#settings;
      return createParser({
        maxBufferSize,
        onEvent: (message) => this.#dispatchMessage(message),
        onId: (id) => {
          this.#lastEventId = id;
          this.#idSettled = true;
        },
        onRetry: (time) => {
          this.#reconnectionTime = time;
        },
        onComment: onComment && ((comment) => {
          try {
            onComment(comment);
          } catch (exception) {
            reportException(exception);
          }
        }),
        onError: (error) => {
          if (error.type !== "max-buffer-size-exceeded") return;
          throw new Failure("limit", `${error.message}`, { final: true });
        },
      });
    }

    /** @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#announce-the-connection} */
    #announce(details: EventSourceOpenDetails): void {
      this.#readyState = OPEN;
      this.#attempt = 0;
      this.#origin = new URL(details.url).origin;
      dispatch(this, new EventSourceOpenEvent("open", details));
    }

    /** @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage} */
    #dispatchMessage({ event = "message", data }: EventSourceMessage): void {
      dispatch(this, new StreamMessageEvent(event, data, this.#origin, this.#lastEventId));
    }

    /** "Reestablish the connection" or "fail the connection". */
    #onEnd(ending: Ending): void {
      this.#connection = undefined;
      this.#parser.reset();
      this.#error = ending.error;
      const retried = !ending.final && this.#transport !== undefined &&
        isRetried(ending.error.reason);
      if (retried) this.#wait();
      else this.#shutDown();
      const details = this.#error === ending.error ? ending : { error: this.#error };
      dispatch(this, new EventSourceErrorEvent("error", details));
      ending.release();
    }

    /** Sets the timer for the next attempt or, where none can be set, gives up. */
    #wait(): void {
      this.#attempt++;
      this.#readyState = CONNECTING;
      try {
        this.#cancelTimer = startTimer(this.#reconnectionTime, () => this.#connect());
      } catch (cause) {
        const message = `Cannot wait to reconnect to ${showUrl(this.#url)}: ${explain(cause)}`;
        this.#error = new Failure("request", message, { cause }).toError(undefined);
        this.#shutDown();
      }
    }

    /** Nothing follows: no attempt, and no call through the user's signal. */
    #shutDown(): void {
      this.#readyState = CLOSED;
      this.#cancelTimer?.();
      this.#settings.signal?.removeEventListener("abort", this.#closeOnAbort);
    }
  }

  const { prototype } = EventSourceClass;
  Object.defineProperty(EventSourceClass, "name", { value: "EventSource" });
  // One argument is required; the second is not counted, as in Web IDL.
  Object.defineProperty(EventSourceClass, "length", { value: 1 });
  enumerable(EventSourceClass, ["fromReadableStream"]);
  enumerable(prototype, MEMBERS);
  toStringTag(prototype, "EventSource");
  if (reflectsHandlers) {
    // For events that a script dispatches: ours go the same way by themselves.
    Object.defineProperty(prototype, "dispatchEvent", {
      configurable: true,
      writable: true,
      value(this: EventTarget, event: Event): boolean {
        return dispatchToListeners(this, event);
      },
    });
  }
  if (Symbol.dispose !== undefined) {
    Object.defineProperty(prototype, Symbol.dispose, {
      configurable: true,
      writable: true,
      value(this: EventSourceInstance): void {
        this.close();
      },
    });
  }
  constants(EventSourceClass, { CONNECTING, OPEN, CLOSED });
  // The type says more than the class can: constants and `Symbol.dispose`, which were added just
  // now, and listeners that are typed by the name of the event.
  return EventSourceClass as unknown as EventSourceConstructor;
}
