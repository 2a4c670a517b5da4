/**
 * One attempt at a connection: the request, the checks of its response, the bytes, and its end.
 *
 * @module
 */

import type { EventSourceErrorInit, EventSourceOpenDetails } from "./events.ts";
import { explain, Failure } from "./errors.ts";
import { requestHeaders, type UserHeaders } from "./request/headers.ts";
import { mimeEssence } from "./mime_type.ts";
import { retryAfter } from "./reconnection.ts";
import { IdleTimer } from "./timer.ts";
import {
  discard,
  quote,
  type RequestBody,
  type Transport,
  type TransportResponse,
} from "./transports/transport.ts";
import { showUrl, splitUserinfo, urlOf } from "./request/url.ts";

const EVENT_STREAM = "text/event-stream";

/** A page's own origin. */
const globals = globalThis as { readonly origin?: string };

/** What to ask for. */
export interface Attempt {
  readonly transport: Transport;
  readonly url: URL;
  readonly method: string;
  readonly withCredentials: boolean;
  /** Milliseconds of silence that end the connection; 0 for any silence at all. */
  readonly idleTimeout: number;
  /** The user's header fields; what it throws is the attempt's failure. */
  headers(): UserHeaders | Promise<UserHeaders>;
  /** The last event id to send, now that the user's header fields are known. */
  lastEventId(headers: UserHeaders): string;
  /** The body, for each request that has one; what it throws is the attempt's failure. */
  body(): Promise<RequestBody | undefined>;
}

/** Called as a connection goes on; never after `close()`. */
export interface ConnectionHandler {
  onOpen(details: EventSourceOpenDetails): void;
  /** What it throws ends the connection. */
  onChunk(chunk: Uint8Array): void;
  /** Asked before each read: what to wait for before it. */
  pause(): Promise<void> | undefined;
  onEnd(ending: Ending): void;
}

/** What a request has led to. */
interface Answer {
  readonly response: TransportResponse;
  /** The URL that answered, without user information. */
  readonly url: URL;
  readonly redirected: boolean;
}

/** How a connection ended. */
export interface Ending extends EventSourceErrorInit {
  /** Whether another attempt cannot fare better, whatever the user says. */
  readonly final: boolean;
  /** The time before which the server asked for no other request, in ms since the epoch; or 0. */
  readonly notBefore: number;
  /** Cancels a rejected response, unless somebody has begun to read it. */
  release(): void;
}

/** One connection, from before its request to its end. */
export class Connection {
  readonly #handler: ConnectionHandler;
  readonly #controller = new AbortController();
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #idleTimer: IdleTimer | undefined;
  #status: number | undefined;
  #notBefore = 0;
  #closed = false;
  /** What is being done, for the message of whatever is thrown meanwhile. */
  #doing = "";

  constructor(handler: ConnectionHandler) {
    this.#handler = handler;
  }

  /** Ends the connection: nothing is called, and nothing is left open, from here on. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#abandon();
  }

  /** Makes the attempt and, if it succeeds, reads until the end of the stream. Never rejects. */
  async request(attempt: Attempt): Promise<void> {
    // Handlers that are set right after the constructor see everything that happens from here on.
    await null;
    if (this.#closed) return;
    try {
      const { response, url, redirected } = await this.#send(attempt);
      const { via, cannotDecode } = attempt.transport;
      // Whose answer it is does not show: a proxy's has the target's URL.
      const shown = `${showUrl(url)}${via === undefined ? "" : ` (through the proxy ${via})`}`;
      const { status, headers } = response;
      this.#status = status;
      this.#notBefore = retryAfter(headers.get("retry-after"));
      checkResponse(response, shown);
      const encoding = cannotDecode?.(headers);
      if (encoding) throw new Failure("network", `${shown} answered with ${encoding}`);
      this.#doing = `The stream from ${shown} broke off`;
      this.#reader = response.body?.getReader();
      this.#handler.onOpen({ status, headers, url: url.href, redirected });
      await this.#pump();
      throw new Failure("closed", `${shown} closed the stream`);
    } catch (thrown) {
      this.#end(thrown);
    }
  }

  /** Reads a stream that somebody else has opened, until its end. Never rejects. */
  async read(
    reader: ReadableStreamDefaultReader<Uint8Array>,
    details: EventSourceOpenDetails,
  ): Promise<void> {
    this.#reader = reader;
    await null;
    if (this.#closed) return;
    this.#doing = "The stream broke off";
    try {
      this.#handler.onOpen(details);
      await this.#pump();
      throw new Failure("closed", "The stream was closed");
    } catch (thrown) {
      this.#end(thrown);
    }
  }

  /** The response, the URL that answered, and whether that is another. Throws once it is closed. */
  async #send(attempt: Attempt): Promise<Answer> {
    const { transport, method, withCredentials, idleTimeout } = attempt;
    const { signal } = this.#controller;
    let { url, authorization } = splitUserinfo(attempt.url);
    let redirected = false;
    const connect = (to: URL, why = ""): void => {
      this.#doing = `Cannot connect to ${showUrl(to)}${why}`;
    };
    connect(url);
    if (!transport.judgesSchemes && !/^(https?|data):$/.test(url.protocol)) {
      // "localhost:8080/events" is a URL too.
      const hint = /^\d/.test(url.pathname) ? " (is http:// missing in front of a host?)" : "";
      throw new Failure(
        "request",
        `${this.#doing}: only http: and https: are supported${hint}`,
        { final: true },
      );
    }
    const user = await attempt.headers();
    this.#checkOpen();
    const lastEventId = attempt.lastEventId(user);
    const headers = requestHeaders(
      user.fields,
      lastEventId,
      transport.isBrowser,
      authorization,
    );
    // What a server may refuse that has allowed all before: a page does not learn that it is this.
    if (transport.isBrowser && lastEventId !== "" && url.origin !== globals.origin) {
      connect(url, " (does it allow Last-Event-ID by CORS?)");
    }
    const nextBody = async (): Promise<RequestBody | undefined> => {
      // For a redirect, the server waits for it, not the other way around.
      this.#idleTimer?.suspend();
      const body = await attempt.body();
      this.#idleTimer?.resume();
      this.#checkOpen(body instanceof ReadableStream ? body : undefined);
      return body;
    };
    const body = await nextBody();
    if (idleTimeout > 0) {
      this.#idleTimer = new IdleTimer(idleTimeout, () => {
        this.#end(new Failure("idle", `${showUrl(url)} sent nothing for ${idleTimeout} ms`));
      });
    }
    const response = await transport.send(url.href, {
      method,
      headers,
      body,
      withCredentials,
      sameOrigin: true,
      signal,
      lastEventId,
      nextBody,
      onRedirect: (to) => {
        url = to;
        redirected = true;
        connect(to, ` (redirected from ${showUrl(attempt.url)})`);
        this.#idleTimer?.touch();
      },
    });
    // It may come from a fetch of the user's that ignores its signal.
    this.#checkOpen(response.body);
    this.#idleTimer?.touch();
    // Those of mocks may have any, or none.
    const answered = urlOf(response.url) ?? new URL(url);
    // Not every runtime leaves it out of a response's URL, as Fetch does.
    answered.hash = "";
    return { response, url: answered, redirected: redirected || response.redirected === true };
  }

  /** Throws once it is closed: a stream that has come too late is read by nobody. */
  #checkOpen(late?: ReadableStream<Uint8Array> | null): void {
    if (this.#closed) discard(late);
    this.#controller.signal.throwIfAborted();
  }

  /** Hands the chunks over as they come: within the continuation of each read, not later. */
  async #pump(): Promise<void> {
    const reader = this.#reader;
    if (reader === undefined) return;
    while (!this.#closed) {
      const pause = this.#handler.pause();
      if (pause !== undefined) {
        this.#idleTimer?.suspend();
        await pause;
        this.#idleTimer?.resume();
        continue;
      }
      const { done, value } = await reader.read();
      if (done || this.#closed) return;
      this.#idleTimer?.touch();
      this.#handler.onChunk(value);
    }
  }

  #end(thrown: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#idleTimer?.stop();
    const failure = thrown instanceof Failure ? thrown : unexpected(thrown, this.#doing);
    if (failure.details.response === undefined) this.#abandon();
    this.#handler.onEnd(this.#ending(failure));
  }

  #ending(failure: Failure): Ending {
    const { response: rejected, final = false } = failure.details;
    const abandon = (): void => this.#abandon();
    let response: Response | undefined;
    return {
      error: failure.toError(this.#status),
      final,
      notBefore: this.#notBefore,
      get response(): Response | undefined {
        return response ??= rejected?.toResponse();
      },
      release(): void {
        // Read, or being read, by a listener: the rest is the listener's too.
        if (rejected?.body?.locked || response?.bodyUsed) return;
        // It stays locked: whoever reads it later is to learn that it is gone, not find it empty.
        rejected?.body?.getReader().cancel().catch(ignore);
        abandon();
      },
    };
  }

  #abandon(): void {
    this.#idleTimer?.stop();
    // Cancelled before it is aborted: an aborted body could no longer be.
    this.#reader?.cancel().catch(ignore);
    this.#controller.abort();
  }
}

function unexpected(thrown: unknown, doing: string): Failure {
  // Deno's word for a permission that was not given, and ours for what a runtime lacks: to ask
  // again every few seconds gives neither.
  const isRefused = thrown instanceof Error && thrown.name === "NotCapable";
  return new Failure(isRefused ? "request" : "network", `${doing}: ${explain(thrown)}`, {
    cause: thrown,
    final: isRefused,
  });
}

/**
 * @throws {Failure} Unless the response is an event stream.
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface}
 */
function checkResponse(response: TransportResponse, shown: string): void {
  const { status, headers } = response;
  if (status !== 200) {
    throw new Failure("status", `${shown} answered with status ${status} instead of 200`, {
      response,
    });
  }
  const type = headers.get("content-type");
  if (type === null || mimeEssence(type) !== EVENT_STREAM) {
    const met = type === null ? "no content type" : `content type ${quote(type)}`;
    throw new Failure("content-type", `${shown} answered with ${met} instead of ${EVENT_STREAM}`, {
      response,
    });
  }
}

function ignore(): void {}
