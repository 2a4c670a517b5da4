/**
 * One attempt: the request, the checks of its response, the bytes, and the end.
 *
 * @module
 */

import { EventSourceError, networkError } from "./errors.ts";
import type { EventSourceOpenEvent } from "./events.ts";
import { ParseError } from "./parser/parse_error.ts";
import type { Platform } from "./platform.ts";
import { retryAfter } from "./reconnection.ts";
import { Rejection } from "./rejection.ts";
import { requestHeaders, type UserHeaders } from "./request/headers.ts";
import { splitUserinfo } from "./request/url.ts";
import { quote, showUrl } from "./shown.ts";
import { IdleTimer } from "./timer.ts";
import {
  discard,
  type RequestBody,
  type Transport,
  type TransportResponse,
} from "./transports/transport.ts";

const EVENT_STREAM = "text/event-stream";

/** A page's own origin. */
const globals = globalThis as { readonly origin?: string };

/** The members of an `open` event. */
export type OpenDetails = ConstructorParameters<typeof EventSourceOpenEvent>[1];

/** The request to make. */
export interface Attempt {
  readonly transport: Transport;
  /** The URL to request. What it throws fails the attempt. */
  url(signal: AbortSignal): URL | Promise<URL>;
  readonly method: string;
  readonly withCredentials: boolean;
  /** Milliseconds of silence after which the connection is dropped; 0 disables it. */
  readonly idleTimeout: number;
  /** The user's headers. What it throws fails the attempt. */
  headers(url: URL, signal: AbortSignal): UserHeaders | Promise<UserHeaders>;
  /** The last event id to send, once the user's headers are known. */
  lastEventId(headers: UserHeaders): string;
  /** Makes the body of each request, if they have one. What it throws fails the attempt. */
  readonly body: (() => Promise<RequestBody>) | undefined;
}

/** A stream that is open. */
interface Opened {
  /** Who sends it, as messages show it; empty for a given stream. */
  readonly sender: string;
  readonly details: OpenDetails;
}

/** What a connection calls; never after `close()`. */
export interface ConnectionHandler {
  onOpen(details: OpenDetails): void;
  /** What it throws ends the connection. */
  onChunk(chunk: Uint8Array): void;
  /** Called before each read: resolves when it may begin; `undefined` for at once. */
  pause(): Promise<void> | undefined;
  /**
   * @param notBefore The earliest time for another request, as the server asked, in milliseconds
   * since the epoch; 0 if it did not.
   * @param rejection The response if it was rejected; the handler releases it.
   */
  onEnd(error: EventSourceError, notBefore: number, rejection: Rejection | undefined): void;
  /** Whether a loop waits: it may need the body of a rejected response. */
  hasLoop(): boolean;
}

/** One connection, from before its request to its end. */
export class Connection {
  readonly #platform: Platform;
  readonly #handler: ConnectionHandler;
  /** Aborted when the connection is closed. */
  readonly #controller = new AbortController();
  /** Of the response, once there is one; the rest of it is not kept for as long as the stream. */
  #status: number | undefined;
  #retryAfter: string | null = null;
  #rejection: Rejection | undefined;
  /** Set while the stream is being read. */
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #idleTimer: IdleTimer | undefined;

  constructor(platform: Platform, handler: ConnectionHandler) {
    this.#platform = platform;
    this.#handler = handler;
  }

  /** Closes the connection: from here on, nothing is called and nothing stays open. */
  close(): void {
    this.#idleTimer?.stop();
    // Before the abort: an aborted body cannot be cancelled.
    this.#reader?.cancel().catch(() => {});
    this.#reader = undefined;
    this.#controller.abort();
  }

  /** Makes the attempt and, if it succeeds, reads until the end of the stream. Never rejects. */
  request(attempt: Attempt): Promise<void> {
    return this.#run(this.#open(attempt));
  }

  /** Reads a given stream until its end. Never rejects. */
  read(reader: ReadableStreamDefaultReader<Uint8Array>, details: OpenDetails): Promise<void> {
    this.#reader = reader;
    return this.#run(Promise.resolve({ sender: "", details }));
  }

  /** As long as the stream, this holds nothing of the attempt: for idle streams memory counts. */
  async #run(opening: Promise<Opened>): Promise<void> {
    try {
      const opened = await opening;
      this.#checkOpen();
      await this.#read(opened);
    } catch (thrown) {
      if (this.#rejection !== undefined && this.#handler.hasLoop()) {
        this.#idleTimer?.stop();
        await this.#rejection.read(this.#controller.signal);
      }
      this.#end(networkError("Cannot connect", thrown));
    }
  }

  async #open(attempt: Attempt): Promise<Opened> {
    // So that handlers set right after the constructor see everything.
    await null;
    this.#checkOpen();
    const response = await this.#send(attempt);
    this.#checkOpen(response.body);
    const { status, headers, url, redirected, sender, body } = response;
    this.#status = status;
    this.#retryAfter = headers.get("retry-after");
    this.#check(response);
    this.#reader = body?.getReader();
    return { sender, details: { status, headers, url, redirected } };
  }

  async #send(attempt: Attempt): Promise<TransportResponse> {
    const { transport, method, withCredentials, idleTimeout, body: makeBody } = attempt;
    const { signal } = this.#controller;
    const given = await attempt.url(signal);
    this.#checkOpen();
    const { url, authorization } = splitUserinfo(given);
    let asked = showUrl(url);
    const user = await attempt.headers(given, signal);
    this.#checkOpen();
    const lastEventId = attempt.lastEventId(user);
    const headers = requestHeaders(
      user.fields,
      lastEventId,
      transport.isBrowser,
      authorization,
      this.#platform.idValue,
    );
    const nextBody = makeBody && ((): Promise<RequestBody> => {
      // In a redirect the server waits for the body, so this is not the server's silence.
      this.#idleTimer?.stop();
      return makeBody();
    });
    const body = await nextBody?.();
    if (idleTimeout > 0) {
      this.#idleTimer = new IdleTimer(idleTimeout, () => {
        const message = `${asked} sent nothing for ${idleTimeout} ms`;
        this.#end(new EventSourceError("idle", message, { status: this.#status }));
      });
    }
    const send: Transport["send"] = async (to, request) => {
      // After the last wait: once closed, no request is made and no timer starts.
      this.#checkOpen(request.body instanceof ReadableStream ? request.body : undefined);
      asked = showUrl(new URL(to));
      this.#idleTimer?.resume();
      const response = await transport.send(to, request);
      // A user's fetch may ignore its signal.
      this.#checkOpen(response.body);
      this.#idleTimer?.touch();
      return response;
    };
    const request = { method, headers, body, withCredentials, sameOrigin: true, signal };
    try {
      return await (this.#platform.followRedirects?.(send, url.href, request, nextBody) ??
        send(url.href, request));
    } catch (thrown) {
      // A server may refuse this header after it allowed the first request. A page cannot tell.
      const isCors = transport.isBrowser && lastEventId !== "" && url.origin !== globals.origin;
      const hint = isCors ? " (does it allow Last-Event-ID by CORS?)" : "";
      const what = `Cannot connect to ${showUrl(url)}${hint}`;
      throw networkError(what, thrown, undefined, this.#platform.causeOf);
    }
  }

  /** Throws if the connection is closed. Discards a stream that arrives too late. */
  #checkOpen(late?: ReadableStream<Uint8Array> | null): void {
    if (this.#controller.signal.aborted) discard(late);
    this.#controller.signal.throwIfAborted();
  }

  /** Passes on the chunks as they arrive, within the continuation of each read. */
  async #read({ sender, details }: Opened): Promise<never> {
    const reader = this.#reader;
    const status = this.#status;
    this.#handler.onOpen(details);
    try {
      while (reader !== undefined && this.#reader === reader) {
        const pause = this.#handler.pause();
        if (pause !== undefined) {
          this.#idleTimer?.stop();
          await pause;
          if (this.#reader === reader) this.#idleTimer?.resume();
          continue;
        }
        const { done, value } = await reader.read();
        if (done || this.#reader !== reader) break;
        this.#idleTimer?.touch();
        this.#handler.onChunk(value);
      }
    } catch (thrown) {
      const from = sender && ` from ${sender}`;
      if (thrown instanceof ParseError) {
        throw new EventSourceError(
          "limit",
          `The stream${from} cannot be read: ${thrown.message}`,
          { status },
        );
      }
      throw networkError(`The stream${from} broke off`, thrown, status, this.#platform.causeOf);
    }
    const message = sender === "" ? "The stream was closed" : `${sender} closed the stream`;
    throw new EventSourceError("closed", message, { status });
  }

  /** @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface} */
  #check(response: TransportResponse): void {
    const { status, headers, sender } = response;
    const type = headers.get("content-type");
    const isEventStream = type === EVENT_STREAM || type && mimeEssence(type) === EVENT_STREAM;
    if (status === 200 && isEventStream) return;
    this.#rejection = new Rejection(response, () => this.close());
    if (status !== 200) {
      const message = `${sender} answered with status ${status} instead of 200`;
      throw new EventSourceError("status", message, this.#rejection);
    }
    const met = type === null ? "no content type" : `content type ${quote(type)}`;
    const message = `${sender} answered with ${met} instead of ${EVENT_STREAM}`;
    throw new EventSourceError("content-type", message, this.#rejection);
  }

  #end(error: EventSourceError): void {
    if (this.#controller.signal.aborted) return;
    this.#idleTimer?.stop();
    const rejection = this.#rejection;
    if (rejection === undefined) this.close();
    this.#handler.onEnd(error, retryAfter(this.#retryAfter), rejection);
  }
}

/** Parts between commas, except commas in quoted strings. */
const PART = /(?:"(?:[^"\\]|\\.)*"?|[^",])+/g;
const ESSENCE =
  /^[\t\n\r ]*([!#$%&'*+\-.^_`|~0-9a-z]+\/[!#$%&'*+\-.^_`|~0-9a-z]+)[\t\n\r ]*(?:;|$)/i;

/**
 * Extracts the essence (type and subtype, in lower case) of a `Content-Type` header; the last valid
 * one if there are several.
 *
 * @see {@link https://fetch.spec.whatwg.org/#concept-header-extract-mime-type}
 */
function mimeEssence(contentType: string): string | undefined {
  let essence: string | undefined;
  for (const part of contentType.match(PART) ?? []) {
    const found = ESSENCE.exec(part)?.[1]?.toLowerCase();
    if (found !== undefined && found !== "*/*") essence = found;
  }
  return essence;
}
