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
import { type Rejection, rejectionOf } from "./rejection.ts";
import { requestHeaders, type UserHeaders } from "./request/headers.ts";
import { splitUserinfo } from "./request/url.ts";
import { quote, showUrl } from "./shown.ts";
import { type IdleTimer, idleTimer } from "./timer.ts";
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
   * @param rejection The response if it was rejected; the handler releases it, or else closes the
   * connection.
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
  /** What has failed if anything is thrown, as messages show it. */
  #failure = "Cannot connect";
  /** Of the response, once there is one; the rest of it is not kept for as long as the stream. */
  #status: number | undefined;
  #retryAfter: string | null = null;
  #rejection: Rejection | undefined;
  /** Set while the stream is being read. */
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  /** None once the connection is closed: then it cannot start again. */
  #idleTimer: IdleTimer | undefined;

  constructor(platform: Platform, handler: ConnectionHandler) {
    this.#platform = platform;
    this.#handler = handler;
  }

  /** Closes the connection: from here on, nothing is called and nothing stays open. */
  close(): void {
    this.#idleTimer?.stop();
    this.#idleTimer = undefined;
    // Before the abort: an aborted body cannot be cancelled.
    discard(this.#reader);
    this.#reader = undefined;
    this.#controller.abort();
  }

  /** Makes the attempt and, if it succeeds, reads until the end of the stream. Never rejects. */
  request(attempt: Attempt): Promise<void> {
    return this.#read(this.#open(attempt));
  }

  /** Reads a given stream until its end. Never rejects. */
  read(reader: ReadableStreamDefaultReader<Uint8Array>, details: OpenDetails): Promise<void> {
    this.#reader = reader;
    const open = async (): Promise<string> => {
      await null;
      this.#checkOpen();
      this.#handler.onOpen(details);
      return "The stream";
    };
    return this.#read(open());
  }

  /** Returns the sender, as messages show it. */
  async #open(attempt: Attempt): Promise<string> {
    const { transport, idleTimeout } = attempt;
    const { signal } = this.#controller;
    // So that handlers set right after the constructor see everything.
    await null;
    this.#checkOpen();
    const given = await attempt.url(signal);
    this.#checkOpen();
    const { url, authorization } = splitUserinfo(given);
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
    const body = await attempt.body?.();
    // A server may refuse this header after it allowed the first request. A page cannot tell.
    const isCors = transport.isBrowser && lastEventId !== "" && url.origin !== globals.origin;
    const hint = isCors ? " (does CORS allow Last-Event-ID?)" : "";
    if (idleTimeout > 0) {
      this.#idleTimer = idleTimer(idleTimeout, () => {
        const message = `${this.#failure}: nothing for ${idleTimeout} ms`;
        this.#end(new EventSourceError("idle", message, { status: this.#status }));
      });
    }
    const send: Transport["send"] = async (to, request) => {
      // After the last wait: once closed, no request is made and no timer starts.
      this.#checkOpen(request.body instanceof ReadableStream ? request.body : undefined);
      this.#failure = `Cannot connect to ${showUrl(new URL(to))}${hint}`;
      this.#idleTimer?.resume();
      const response = await transport.send(to, request);
      // A user's fetch may ignore its signal.
      this.#checkOpen(response.body);
      // After a redirect the server waits for the body, so this is not the server's silence.
      this.#idleTimer?.stop();
      return response;
    };
    const request = { ...attempt, headers, body, sameOrigin: true, signal };
    const first = await send(url.href, request);
    const response =
      await (this.#platform.followRedirects?.(first, send, url, request, attempt.body) ?? first);
    this.#checkOpen(response.body);
    this.#status = response.status;
    this.#retryAfter = response.headers.get("retry-after");
    this.#check(response);
    this.#reader = response.body?.getReader();
    this.#idleTimer?.resume();
    this.#handler.onOpen(response);
    return response.sender;
  }

  /** Throws if the connection is closed. Discards a stream that arrives too late. */
  #checkOpen(late?: ReadableStream<Uint8Array> | null): void {
    if (this.#controller.signal.aborted) discard(late);
    this.#controller.signal.throwIfAborted();
  }

  /**
   * Passes on the chunks as they arrive, within the continuation of each read. This holds nothing of
   * the attempt: for idle streams memory counts.
   */
  async #read(opening: Promise<string>): Promise<void> {
    try {
      const sender = await opening;
      this.#failure = `${sender} broke off`;
      while (this.#reader) {
        const pause = this.#handler.pause();
        if (pause) {
          this.#idleTimer?.stop();
          await pause;
          this.#idleTimer?.resume();
          continue;
        }
        const { done, value } = await this.#reader.read();
        if (done || !this.#reader) break;
        this.#idleTimer?.touch();
        this.#handler.onChunk(value);
      }
      throw new EventSourceError("closed", `${sender} ended`, { status: this.#status });
    } catch (thrown) {
      if (this.#rejection !== undefined && this.#handler.hasLoop()) {
        await this.#rejection.read(this.#controller.signal);
      }
      const status = this.#status;
      this.#end(
        thrown instanceof ParseError
          ? new EventSourceError("limit", `${this.#failure}: ${thrown.message}`, { status })
          : networkError(this.#failure, thrown, status, this.#platform.causeOf),
      );
    }
  }

  /** @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface} */
  #check(response: TransportResponse): void {
    const { status, sender } = response;
    const type = response.headers.get("content-type");
    const isOk = status === 200;
    if (isOk && (type === EVENT_STREAM || mimeEssence(type ?? "") === EVENT_STREAM)) return;
    this.#rejection = rejectionOf(response, () => this.close());
    const reason = isOk ? "content-type" : "status";
    const found = isOk ? type && quote(type) : status;
    throw new EventSourceError(
      reason,
      `${sender} answered with ${reason} ${found}, not ${isOk ? EVENT_STREAM : 200}`,
      this.#rejection,
    );
  }

  #end(error: EventSourceError): void {
    if (this.#controller.signal.aborted) return;
    this.#handler.onEnd(error, retryAfter(this.#retryAfter), this.#rejection);
  }
}

const QUOTED = /"(?:[^"\\]|\\.)*"?/g;
const ESSENCE =
  /^[\t\n\r ]*([!#$%&'*+\-.^_`|~0-9a-z]+\/[!#$%&'*+\-.^_`|~0-9a-z]+)[\t\n\r ]*(?:;|$)/;

/**
 * Extracts the essence (type and subtype, in lower case) of a `Content-Type` header; the last valid
 * one if there are several.
 *
 * @see {@link https://fetch.spec.whatwg.org/#concept-header-extract-mime-type}
 */
function mimeEssence(contentType: string): string | undefined {
  let essence: string | undefined;
  // A comma between quotes separates nothing.
  for (const part of contentType.toLowerCase().replace(QUOTED, '"').split(",")) {
    const found = ESSENCE.exec(part)?.[1];
    if (found !== undefined && found !== "*/*") essence = found;
  }
  return essence;
}
