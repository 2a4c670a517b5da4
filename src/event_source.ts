/**
 * `EventSource` as a page sees it: its attributes, its state and the events it dispatches.
 *
 * @module
 */

import { kindOf, misuse } from "./check.ts";
import { Connection, type OpenDetails } from "./connection.ts";
import { dispatch, EventHandler, reportException } from "./dispatch.ts";
import { EventSourceError } from "./errors.ts";
import { EventSourceErrorEvent, EventSourceOpenEvent, messageEvent } from "./events.ts";
import { EventQueue } from "./iteration.ts";
import { type EventSourceInit, parseInit, type Settings } from "./options.ts";
import { createParser, type EventSourceMessage, type EventSourceParser } from "./parser/parser.ts";
import { Reconnection } from "./reconnection.ts";
import { askUser, BodySource } from "./request/body.ts";
import { type UserHeaders, userHeaders } from "./request/headers.ts";
import type { FollowRedirects } from "./request/redirect.ts";
import { parseUrl } from "./request/url.ts";
import { explain } from "./shown.ts";
import { startTimer } from "./timer.ts";
import type { Transport, TransportInit } from "./transports/transport.ts";
import type { EventSource as PublicEventSource, EventSourceConstructor } from "./types.ts";
import { finishInterface } from "./web_idl.ts";

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;

/** The open event of a source made from a stream: the URL is pull request 12272's. */
const STREAM_DETAILS: OpenDetails = {
  status: undefined,
  headers: undefined,
  url: "about:event-stream",
  redirected: false,
};

type Handler<Type extends "onopen" | "onmessage" | "onerror"> = NonNullable<
  PublicEventSource[Type]
>;

/** The options of a source that is made from a stream, locked by this reader. */
class StreamInit {
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.reader = reader;
  }
}

/**
 * Makes the class for a runtime, given what carries its requests, and what follows redirects if the
 * platform does not.
 */
export function createEventSource(
  createTransport: (init: TransportInit) => Transport,
  followRedirects?: FollowRedirects,
): EventSourceConstructor {
  class EventSource extends EventTarget {
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
    /** The last event id, as `lastEventId` or the stream set it. */
    #lastEventId: string | undefined;
    /** The one among the user's headers, which holds until then. */
    #headersId = "";
    #reconnectionTime: number;
    #origin = "null";
    /** At most one, and no timer beside it. */
    #connection: Connection | undefined;
    #cancelTimer: (() => void) | undefined;
    readonly #reconnection: Reconnection;
    readonly #body: BodySource;
    /** Why the last attempt, or its connection, ended. */
    #error: EventSourceError | undefined;
    /** Why the source failed for good, if something was wrong. */
    #fatalError: EventSourceError | undefined;
    readonly #queues: EventQueue[] = [];

    // One argument is required; the second is not counted, as in Web IDL.
    constructor(url: string | URL, init: EventSourceInit | null = {}) {
      if (arguments.length === 0) {
        throw misuse("the URL is missing");
      }
      super();
      this.#url = parseUrl(`${url}`);
      this.#settings = parseInit(init);
      const { headers, lastEventId, signal, reconnection, body } = this.#settings;
      this.#reconnectionTime = reconnection.delay;
      this.#reconnection = new Reconnection(reconnection);
      this.#body = new BodySource(body);
      this.#lastEventId = lastEventId;
      if (typeof headers !== "function") this.#takeHeadersId(headers);
      this.#parser = this.#createParser();
      if (init instanceof StreamInit) {
        this.#openConnection().read(init.reader, STREAM_DETAILS);
        return;
      }
      this.#transport = createTransport(this.#settings);
      if (signal?.aborted) {
        this.#shutDown();
        return;
      }
      signal?.addEventListener("abort", this.#closeOnAbort);
      this.#connect();
    }

    static fromReadableStream(
      stream: ReadableStream<Uint8Array | string>,
    ): EventSource {
      if (!(stream instanceof ReadableStream)) {
        throw misuse(`the stream must be a ReadableStream, got ${kindOf(stream)}`);
      }
      if (stream.locked) throw misuse("the stream is locked");
      // Locked here and now. What its chunks are is the parser's to judge, one by one.
      const reader = (stream as ReadableStream<Uint8Array>).getReader();
      return new EventSource(STREAM_DETAILS.url, new StreamInit(reader) as EventSourceInit);
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
      return this.#lastEventId ?? this.#headersId;
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
      this.#endQueues();
    }

    reset(): void {
      this.#parser.reset();
    }

    reconnect(): void {
      if (this.#readyState === CLOSED || this.#transport === undefined || this.#body.isSpent) {
        const why = this.#readyState === CLOSED
          ? "it is closed"
          : this.#transport === undefined
          ? "it was made from a stream"
          : "its request's body can be sent once only";
        throw new DOMException(`Cannot reconnect an EventSource: ${why}`, "InvalidStateError");
      }
      this.#cancelTimer?.();
      this.#connection?.close();
      // After a failure the attempt count is kept: so this has an end, called from every error.
      if (this.#readyState === OPEN && this.#connection !== undefined) {
        this.#reconnection.restart();
        this.#error = undefined;
      }
      this.#readyState = CONNECTING;
      this.#connect();
    }

    [Symbol.asyncIterator](): AsyncIterableIterator<MessageEvent, undefined> {
      const queue = new EventQueue(() => this.close());
      if (this.#readyState === CLOSED) queue.end(this.#fatalError);
      else this.#queues.push(queue);
      return queue.iterator();
    }

    #connect(): void {
      const { headers, method, withCredentials, idleTimeout } = this.#settings;
      const transport = this.#transport;
      if (transport === undefined) return;
      this.#openConnection().request({
        transport,
        followRedirects,
        url: this.#url,
        method,
        withCredentials,
        idleTimeout,
        headers: () =>
          typeof headers !== "function" ? headers : askUser("headers", async () =>
            userHeaders(
              await headers({
                attempt: this.#reconnection.attempt,
                lastEventId: this.lastEventId,
                error: this.#error,
              }),
            )),
        lastEventId: (user) => {
          this.#takeHeadersId(user);
          return this.lastEventId;
        },
        body: () => this.#body.next(),
      });
    }

    #takeHeadersId({ lastEventId }: UserHeaders): void {
      this.#headersId = lastEventId ?? this.#headersId;
    }

    #openConnection(): Connection {
      this.#parser.reset();
      this.#connection = new Connection({
        onOpen: (details) => this.#announce(details),
        onChunk: (chunk) => this.#parser.feed(chunk),
        pause: () => this.#pause(),
        onEnd: (error, notBefore, release) => this.#onEnd(error, notBefore, release),
      });
      return this.#connection;
    }

    #createParser(): EventSourceParser {
      const { maxBufferSize, onComment } = this.#settings;
      return createParser({
        maxBufferSize,
        onEvent: (message) => this.#dispatchMessage(message),
        onId: (id) => {
          this.#lastEventId = id;
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
      });
    }

    /** @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#announce-the-connection} */
    #announce(details: OpenDetails): void {
      this.#readyState = OPEN;
      this.#reconnection.opened();
      this.#origin = new URL(details.url).origin;
      dispatch(this, new EventSourceOpenEvent("open", details));
    }

    /** @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage} */
    #dispatchMessage({ event = "message", data }: EventSourceMessage): void {
      const message = messageEvent(event, data, this.#origin, this.lastEventId);
      this.#reconnection.dispatched();
      // First: a listener that closes the source must not take this message from a loop.
      for (const queue of this.#queues) queue.push(message);
      dispatch(this, message);
    }

    /** What to wait for before anything more is read: a loop that is behind. */
    #pause(): Promise<void> | undefined {
      for (const { emptied } of this.#queues) if (emptied !== undefined) return emptied;
      return undefined;
    }

    /** "Reestablish the connection" or "fail the connection". */
    #onEnd(error: EventSourceError, notBefore: number, release: () => void): void {
      this.#connection = undefined;
      this.#parser.reset();
      this.#reconnection.ended();
      const { attempt } = this.#reconnection;
      this.#error = error;
      // A body that was a stream is spent: there is nothing to send again.
      let delay = this.#transport === undefined || this.#body.isSpent
        ? undefined
        : this.#reconnection.delay(error, this.#reconnectionTime, notBefore);
      // That has asked the user, who may have closed the source, or connected it anew.
      if (this.#readyState === CLOSED || this.#connection !== undefined) return release();
      if (delay !== undefined) {
        try {
          this.#cancelTimer = startTimer(delay, () => this.#connect());
          this.#readyState = CONNECTING;
        } catch (cause) {
          const { message, status } = error;
          const why = `${message}; cannot wait to reconnect: ${explain(cause)}`;
          error = new EventSourceError("unsupported", why, { status, cause });
          delay = undefined;
        }
      }
      if (delay === undefined) this.#fail(error);
      dispatch(this, new EventSourceErrorEvent("error", { error, delay, attempt }));
      release();
    }

    /** The end that nobody asked for. */
    #fail(error: EventSourceError): void {
      this.#shutDown();
      // Nothing is wrong with a stream that has ended and is not to be opened again.
      const isDone = error.reason === "closed" && !this.#reconnection.gaveUp;
      this.#fatalError = isDone ? undefined : error;
      this.#endQueues();
    }

    /** Nothing follows: no attempt, and no call through the user's signal. */
    #shutDown(): void {
      if (this.#readyState === CLOSED) return;
      this.#readyState = CLOSED;
      this.#cancelTimer?.();
      this.#transport?.close?.();
      this.#settings.signal?.removeEventListener("abort", this.#closeOnAbort);
    }

    #endQueues(): void {
      for (const queue of this.#queues.splice(0)) queue.end(this.#fatalError);
    }
  }

  finishInterface(EventSource, { CONNECTING, OPEN, CLOSED });
  // The type says more than the class can: constants and `Symbol.dispose`, which were added just
  // now, and listeners that are typed by the name of the event.
  return EventSource as unknown as EventSourceConstructor;
}
