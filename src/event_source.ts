/**
 * `EventSource` as a page sees it: its attributes, its state and the events it dispatches.
 *
 * @module
 */

import { kindOf, misuse } from "./check.ts";
import { Connection, type Ending } from "./connection.ts";
import { dispatch, reportException } from "./dispatch.ts";
import { EventHandler } from "./event_handler.ts";
import { EventQueue } from "./event_queue.ts";
import {
  EventSourceErrorEvent,
  type EventSourceOpenDetails,
  EventSourceOpenEvent,
  messageEvent,
} from "./events.ts";
import { type EventSourceError, explain, Failure } from "./failure.ts";
import { type EventSourceInit, parseInit, type Settings } from "./init.ts";
import { finishInterface } from "./interface.ts";
import { ParseError } from "./parser/parse_error.ts";
import { createParser } from "./parser/parser.ts";
import type { EventSourceMessage, EventSourceParser } from "./parser/types.ts";
import { Reconnection } from "./reconnection.ts";
import { startTimer } from "./timer.ts";
import type { Transport, TransportInit } from "./transports/transport.ts";
import type { EventSourceConstructor, EventSourceInstance } from "./types.ts";
import { parseUrl, showUrl } from "./url.ts";
import { askForHeaders, BodySource } from "./user_request.ts";

const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 2;

/** What the open event of a source made from a stream says: the URL is pull request 12272's. */
const STREAM_DETAILS: EventSourceOpenDetails = {
  status: undefined,
  headers: undefined,
  url: "about:event-stream",
  redirected: false,
};

type Handler<Type extends "onopen" | "onmessage" | "onerror"> = NonNullable<
  EventSourceInstance[Type]
>;

/**
 * Makes the class for a runtime, given what carries its requests; `onMessage` is called with each
 * message before anybody else is.
 */
export function createEventSource(
  createTransport: (init: TransportInit) => Transport,
  onMessage?: (message: MessageEvent) => void,
): EventSourceConstructor {
  /** Handed from `fromReadableStream` to the constructor that it calls. */
  let handedReader: ReadableStreamDefaultReader<Uint8Array> | undefined;

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
    #lastEventId: string;
    /** Whether the last event id is settled, such that one among the user's headers is void. */
    #idSettled: boolean;
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
    #resume: () => void = () => {};

    // One argument is required; the second is not counted, as in Web IDL.
    constructor(url: string | URL, init: EventSourceInit | null = {}) {
      const reader = handedReader;
      handedReader = undefined;
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
      handedReader = (stream as ReadableStream<Uint8Array>).getReader();
      return new EventSource(STREAM_DETAILS.url);
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
      // Of a connection that failed, the row goes on: called from each error, this has an end too.
      if (this.#readyState === OPEN && this.#connection !== undefined) {
        this.#reconnection.restart();
        this.#error = undefined;
      }
      this.#readyState = CONNECTING;
      this.#connect();
    }

    [Symbol.asyncIterator](): AsyncIterableIterator<MessageEvent, undefined> {
      const queue = new EventQueue({
        onEmpty: () => this.#resume(),
        onReturn: () => this.close(),
      });
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
        url: this.#url,
        method,
        withCredentials,
        idleTimeout,
        headers: () =>
          typeof headers !== "function" ? headers : askForHeaders(headers, {
            attempt: this.#reconnection.attempt,
            lastEventId: this.#lastEventId,
            error: this.#error,
          }),
        lastEventId: (user) => {
          if (!this.#idSettled) this.#lastEventId = user.lastEventId ?? this.#lastEventId;
          return this.#lastEventId;
        },
        body: () => this.#body.next(),
      });
    }

    #openConnection(): Connection {
      this.#parser.reset();
      this.#connection = new Connection({
        onOpen: (details) => this.#announce(details),
        onChunk: (chunk) => this.#feed(chunk),
        pause: () => this.#pause(),
        onEnd: (ending) => this.#onEnd(ending),
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
      });
    }

    #feed(chunk: Uint8Array): void {
      try {
        this.#parser.feed(chunk);
      } catch (error) {
        // All that is called by it reports what it throws; a chunk may be no bytes.
        if (!(error instanceof ParseError)) throw error;
        const limit = this.#settings.maxBufferSize;
        throw new Failure(
          "limit",
          `A line and its event from ${showUrl(this.#url)} exceed maxBufferSize (${limit})`,
          { final: true },
        );
      }
    }

    /** @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#announce-the-connection} */
    #announce(details: EventSourceOpenDetails): void {
      this.#readyState = OPEN;
      this.#reconnection.opened();
      this.#origin = new URL(details.url).origin;
      dispatch(this, new EventSourceOpenEvent("open", details));
    }

    /** @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage} */
    #dispatchMessage({ event = "message", data }: EventSourceMessage): void {
      const message = messageEvent(event, data, this.#origin, this.#lastEventId);
      this.#reconnection.dispatched();
      onMessage?.(message);
      // First: a listener that closes the source must not take this message from a loop.
      for (const queue of this.#queues) queue.push(message);
      dispatch(this, message);
    }

    /** What to wait for before anything more is read: a loop that is behind. */
    #pause(): Promise<void> | undefined {
      if (this.#queues.length === 0 || !this.#queues.some(({ isBehind }) => isBehind)) {
        return undefined;
      }
      return new Promise((resolve) => this.#resume = resolve);
    }

    /** "Reestablish the connection" or "fail the connection". */
    #onEnd(ending: Ending): void {
      this.#connection = undefined;
      this.#parser.reset();
      this.#reconnection.ended();
      const { attempt } = this.#reconnection;
      let { error } = ending;
      this.#error = error;
      let delay = this.#transport === undefined || ending.final
        ? undefined
        : this.#reconnection.delay(error, this.#reconnectionTime, ending.notBefore);
      // That has asked the user, who may have closed the source, or connected it anew.
      if (this.#readyState === CLOSED || this.#connection !== undefined) return ending.release();
      if (delay !== undefined) {
        try {
          this.#cancelTimer = startTimer(delay, () => this.#connect());
          this.#readyState = CONNECTING;
        } catch (cause) {
          const both = new Error(`${error.message}; cannot wait to reconnect`, { cause });
          error = new Failure("request", explain(both), { cause }).toError(error.status);
          delay = undefined;
        }
      }
      if (delay === undefined) this.#fail(error);
      const details = Object.assign(ending, { error, delay, attempt });
      dispatch(this, new EventSourceErrorEvent("error", details));
      ending.release();
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
