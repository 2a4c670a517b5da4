/**
 * `EventSource` as a page sees it: attributes, state, and the events it dispatches.
 *
 * @module
 */

import { check, kindOf, misuse } from "./check.ts";
import { Connection, type OpenDetails } from "./connection.ts";
import { dispatchEvent, EventHandler, reporting } from "./dispatch.ts";
import { EventSourceError } from "./errors.ts";
import { EventSourceErrorEvent, EventSourceOpenEvent, StreamMessageEvent } from "./events.ts";
import { EventQueue, Loops } from "./iteration.ts";
import { type EventSourceInit, parseInit, type Settings } from "./options.ts";
import { ownText } from "./parser/own_text.ts";
import { createParser } from "./parser/parser.ts";
import type { EventSourceParser } from "./parser/types.ts";
import type { Platform } from "./platform.ts";
import { CLOSED, CONNECTING, OPEN } from "./ready_state.ts";
import { Reconnection } from "./reconnection.ts";
import type { Rejection } from "./rejection.ts";
import { askUser, BodySource } from "./request/body.ts";
import { type AttemptContext, type UserHeaders, userHeaders } from "./request/headers.ts";
import { parseUrl, resolveUrl } from "./request/url.ts";
import { explain } from "./shown.ts";
import { startTimer } from "./timer.ts";
import type { Transport } from "./transports/transport.ts";
import type { EventSource as PublicEventSource, EventSourceConstructor } from "./types.ts";
import { finishInterface } from "./web_idl.ts";

/** The `open` event of a source made from a stream; the URL is that of pull request 12272. */
const STREAM_DETAILS = { url: "about:event-stream", redirected: false } as OpenDetails;

type Reader = ReadableStreamDefaultReader<Uint8Array>;

type Handler<Type extends "onopen" | "onmessage" | "onerror"> = NonNullable<
  PublicEventSource[Type]
>;

/** Creates the class for a platform. */
export function createEventSource(platform: Platform): EventSourceConstructor {
  const { dispatchEvent: method = dispatchEvent, causeOf } = platform;
  // Workers of dates before 2026-09-01, and happy-dom in tests, throw the exceptions of listeners.
  const dispatch = (target: EventTarget, event: Event) => reporting(method, target, event);
  /** The reader of the stream that the next source is made from. */
  let streamReader: Reader | undefined;

  class EventSource extends EventTarget {
    readonly #url: URL;
    readonly #settings: Settings;
    readonly #parser: EventSourceParser;
    /** Undefined for a source made from a stream. */
    readonly #transport: Transport | undefined;
    readonly #onopen: EventHandler<Handler<"onopen">> = new EventHandler(this, "open");
    readonly #onmessage: EventHandler<Handler<"onmessage">> = new EventHandler(this, "message");
    readonly #onerror: EventHandler<Handler<"onerror">> = new EventHandler(this, "error");
    readonly #closeOnAbort = (): void => this.close();
    #readyState: 0 | 1 | 2 = CONNECTING;
    /** The last event id as set by the option `lastEventId` or the stream. */
    #lastEventId: string | undefined;
    /** The last event id in the user's headers, which counts until then. */
    #headersId = "";
    #reconnectionTime: number;
    #origin = "null";
    /** At most one, and never together with a timer. */
    #connection: Connection | undefined;
    #cancelTimer: (() => void) | undefined;
    readonly #reconnection: Reconnection;
    /** Undefined for a request without one. */
    readonly #body: BodySource | undefined;
    /** Why the last attempt or its connection ended. */
    #error: EventSourceError | undefined;
    /** Why the source failed for good, if something was wrong. */
    #fatalError: EventSourceError | undefined;
    readonly #loops = new Loops();

    // The length is 1: as in Web IDL, optional arguments do not count.
    constructor(url: string | URL, init: EventSourceInit | null = {}) {
      if (arguments.length === 0) throw misuse("the URL is missing");
      super();
      this.#url = parseUrl(`${url}`);
      this.#settings = parseInit(init);
      const { headers, lastEventId, signal, reconnection, body, maxBufferSize, onComment } =
        this.#settings;
      this.#reconnectionTime = reconnection.delay;
      this.#reconnection = new Reconnection(reconnection);
      this.#body = body === undefined ? undefined : new BodySource(body, causeOf);
      this.#lastEventId = lastEventId;
      if (typeof headers !== "function") this.#idToSend(headers);
      this.#parser = createParser({
        maxBufferSize,
        onEvent: ({ event = "message", data }) => {
          const made = new StreamMessageEvent(event, data, this.#origin, this.lastEventId);
          // The type has one more member, the obsolete initMessageEvent, which listeners do not use.
          const message = made as unknown as MessageEvent;
          this.#reconnection.dispatched(data);
          // Before the listeners: one that closes the source must not take this message from a loop.
          this.#loops.push(message);
          dispatch(this, message);
        },
        onId: (id) => {
          this.#lastEventId = ownText(id);
        },
        onRetry: (time) => {
          // Larger integers are not exact, and no timer is that long.
          this.#reconnectionTime = Math.min(time, 2 ** 53 - 1);
        },
        onComment: onComment && ((comment) => reporting(onComment, undefined, comment)),
      });
      if (streamReader !== undefined) {
        this.#openConnection().read(streamReader, STREAM_DETAILS);
        return;
      }
      this.#transport = platform.createTransport(this.#settings);
      if (signal?.aborted) {
        this.#end();
        return;
      }
      signal?.addEventListener("abort", this.#closeOnAbort);
      this.#connect();
    }

    static fromReadableStream(
      stream: ReadableStream<Uint8Array | string>,
    ): EventSource {
      const isStream = stream instanceof ReadableStream;
      check(isStream, "the stream must be a ReadableStream", kindOf(stream));
      // Locked at once; the platform refuses a locked one. The parser checks the type of each chunk.
      streamReader = (stream as ReadableStream<Uint8Array>).getReader();
      try {
        return new EventSource(STREAM_DETAILS.url);
      } finally {
        streamReader = undefined;
      }
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
      this.#end();
    }

    reset(): void {
      this.#parser.reset();
    }

    reconnect(): void {
      const why = this.#obstacle();
      if (why !== undefined) {
        throw new DOMException(`Cannot reconnect: ${why}`, "InvalidStateError");
      }
      this.#cancelTimer?.();
      const connection = this.#connection;
      // After a failure the attempt count is kept, so that calling this from every error handler
      // still reaches maxRetries.
      if (this.#readyState === OPEN && connection !== undefined) {
        this.#reconnection.restart();
        this.#error = undefined;
      }
      this.#readyState = CONNECTING;
      this.#connect();
      // Last: those who are told by the attempt's signal may close the source, or reconnect it.
      connection?.close();
    }

    // Some browsers lack the symbol.
    [Symbol.dispose ?? Symbol()](): void {
      this.close();
    }

    [Symbol.asyncIterator](): AsyncIterableIterator<MessageEvent, undefined> {
      const queue = new EventQueue(() => this.close());
      this.#loops.add(queue);
      if (this.#readyState === CLOSED) this.#loops.end(this.#fatalError);
      return queue.iterator();
    }

    /** The last event id to send, once the user's headers are known. */
    #idToSend(user: UserHeaders): string {
      this.#headersId = user.lastEventId ?? this.#headersId;
      return this.lastEventId;
    }

    /** Ends everything: no attempt follows, and no call by the user's signal. */
    #end(error?: EventSourceError): void {
      if (this.#readyState === CLOSED) return;
      this.#readyState = CLOSED;
      this.#fatalError = error;
      this.#cancelTimer?.();
      this.#connection?.close();
      this.#connection = undefined;
      this.#reconnection.stop();
      this.#body?.cancel();
      this.#transport?.close?.();
      this.#settings.signal?.removeEventListener("abort", this.#closeOnAbort);
      // Stops a parser that is calling this from a listener, within the same chunk.
      this.#parser.reset();
      this.#loops.end(error);
    }

    /** Why no further attempt can be made; `undefined` if one can. */
    #obstacle(): string | undefined {
      return this.#readyState === CLOSED
        ? "it is closed"
        : this.#transport === undefined
        ? "it was made from a stream"
        : this.#body?.isSpent
        ? "its body was a stream"
        : undefined;
    }

    #connect(): void {
      const { url, headers } = this.#settings;
      const context = (url: URL, signal: AbortSignal): AttemptContext => ({
        signal,
        url: url.href,
        attempt: this.#reconnection.attempt,
        lastEventId: this.lastEventId,
        error: this.#error,
      });
      const ask = <Part>(what: string, answer: () => Promise<Part>): Promise<Part> =>
        askUser(what, answer, causeOf);
      const body = this.#body;
      this.#openConnection().request({
        ...this.#settings,
        transport: this.#transport!,
        url: (signal) =>
          url === undefined
            ? this.#url
            : ask("URL", async () => resolveUrl(await url(context(this.#url, signal)), this.#url)),
        headers: (to, signal) =>
          typeof headers !== "function"
            ? headers
            : ask("headers", async () => userHeaders(await headers(context(to, signal)))),
        lastEventId: (user) => this.#idToSend(user),
        body: body && (() => body.next()),
      });
    }

    #openConnection(): Connection {
      this.#parser.reset();
      return this.#connection = new Connection(platform, {
        onOpen: (details) => this.#announce(details),
        onChunk: this.#parser.feed,
        pause: () => this.#loops.emptied,
        onEnd: (error, notBefore, rejection) => this.#onEnd(error, notBefore, rejection),
        hasLoop: () => this.#loops.hasLoop,
      });
    }

    /** @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#announce-the-connection} */
    #announce(details: OpenDetails): void {
      this.#readyState = OPEN;
      this.#reconnection.opened();
      this.#origin = new URL(details.url).origin;
      dispatch(this, new EventSourceOpenEvent("open", details));
    }

    /** "Reestablish the connection" or "fail the connection". */
    #onEnd(error: EventSourceError, notBefore: number, rejection: Rejection | undefined): void {
      const connection = this.#connection;
      this.#connection = undefined;
      this.#parser.reset();
      this.#reconnection.ended();
      this.#error = error;
      if (rejection === undefined) connection?.close();
      let delay = this.#obstacle() === undefined
        ? this.#reconnection.delay(error, this.#reconnectionTime, notBefore)
        : undefined;
      // The user's `when`, or an abort listener, may have closed the source or reconnected it.
      if (this.#readyState === CLOSED || this.#connection !== undefined) {
        return rejection?.release();
      }
      if (delay !== undefined) {
        try {
          this.#cancelTimer = startTimer(delay, () => this.#connect());
          this.#readyState = CONNECTING;
        } catch (cause) {
          const why = `${error.message}; cannot wait to reconnect: ${explain(cause)}`;
          error = new EventSourceError("unsupported", why, { status: error.status, cause });
          delay = undefined;
        }
      }
      if (delay === undefined) {
        // A stream that has ended and is not to be reopened is not a failure.
        const isDone = error.reason === "closed" && !this.#reconnection.gaveUp;
        this.#end(isDone ? undefined : error);
      }
      dispatch(
        this,
        new EventSourceErrorEvent("error", {
          error,
          response: rejection?.copy(),
          delay,
          attempt: this.#reconnection.attempt,
        }),
      );
      rejection?.release();
    }
  }

  finishInterface(EventSource, { CONNECTING, OPEN, CLOSED });
  // The type adds what the class cannot declare: the constants added above, and listeners typed by
  // event name.
  return EventSource as unknown as EventSourceConstructor;
}
