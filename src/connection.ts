/**
 * One attempt at a connection: the request, the checks of its response, the bytes, and why it ended.
 *
 * @module
 */

import type { EventSourceErrorInit, EventSourceOpenDetails } from "./events.ts";
import { explain, Failure } from "./failure.ts";
import { requestHeaders, type UserHeaders } from "./headers.ts";
import { mimeEssence } from "./mime_type.ts";
import { type Answer, sendRequest } from "./redirect.ts";
import { retryAfter } from "./reconnection.ts";
import { IdleTimer } from "./timer.ts";
import type { RequestBody, Transport, TransportResponse } from "./transports/transport.ts";
import { showUrl } from "./url.ts";

const EVENT_STREAM = "text/event-stream";

/** @see {@link https://fetch.spec.whatwg.org/#null-body-status} */
const NULL_BODY_STATUSES = new Set([101, 103, 204, 205, 304]);

/** How much of a server's content type a message repeats, in code units. */
const SHOWN = 80;

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
    const start = showUrl(attempt.url);
    let doing = `Cannot connect to ${start}`;
    try {
      const answer = await this.#send(attempt, (to) => {
        doing = `Cannot connect to ${showUrl(to)} (redirected from ${start})`;
      });
      if (answer === undefined) return;
      const { response, url, redirected } = answer;
      const { via } = attempt.transport;
      // Whose answer it is does not show: a proxy's has the target's URL.
      const shown = `${showUrl(url)}${via === undefined ? "" : ` (through the proxy ${via})`}`;
      this.#status = response.status;
      this.#notBefore = retryAfter(response.headers.get("retry-after"));
      checkResponse(response, shown, attempt.transport.undecoded);
      doing = `The stream from ${shown} broke off`;
      this.#handler.onOpen({
        status: response.status,
        headers: response.headers,
        url: url.href,
        redirected,
      });
      if (this.#closed) return void response.body?.cancel().catch(ignore);
      this.#reader = response.body?.getReader();
      await this.#pump();
      throw new Failure("closed", `${shown} closed the stream`);
    } catch (thrown) {
      this.#end(thrown, doing);
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
    try {
      this.#handler.onOpen(details);
      await this.#pump();
      throw new Failure("closed", "The stream was closed");
    } catch (thrown) {
      this.#end(thrown, "The stream broke off");
    }
  }

  /** The answer to the request; `undefined` if the connection was closed meanwhile. */
  async #send(attempt: Attempt, onRedirect: (to: URL) => void): Promise<Answer | undefined> {
    const { transport, url, method, withCredentials, idleTimeout, body } = attempt;
    if (!transport.supports(url.protocol)) {
      // "localhost:8080/events" is a URL too.
      const hint = /^\d/.test(url.pathname) ? " (is http:// missing in front of a host?)" : "";
      throw new Failure(
        "request",
        `Cannot connect to ${showUrl(url)}: only http: and https: are supported${hint}`,
        { final: true },
      );
    }
    const user = await attempt.headers();
    if (this.#closed) return undefined;
    const id = attempt.lastEventId(user);
    const answer = await sendRequest(this.#watched(transport, idleTimeout), url, {
      method,
      body,
      headers: (withUserFields) =>
        requestHeaders(withUserFields ? user.fields : undefined, id, transport),
      withCredentials,
      signal: this.#controller.signal,
      onRedirect,
    });
    if (!this.#closed) return answer;
    // A fetch of the user's that ignores its signal: whatever it brings, nobody reads it.
    answer.response.body?.cancel().catch(ignore);
    return undefined;
  }

  /** The same transport; silence counts from the first request on, and the head of a response is none. */
  #watched(transport: Transport, idleTimeout: number): Transport {
    if (idleTimeout === 0) return transport;
    return {
      ...transport,
      send: async (url, request) => {
        this.#idleTimer ??= new IdleTimer(idleTimeout, () => {
          const message = `${showUrl(new URL(url))} sent nothing for ${idleTimeout} ms`;
          this.#end(new Failure("idle", message), "");
        });
        this.#idleTimer.touch();
        const response = await transport.send(url, request);
        this.#idleTimer.touch();
        return response;
      },
    };
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

  #end(thrown: unknown, doing: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#idleTimer?.stop();
    const failure = thrown instanceof Failure ? thrown : unexpected(thrown, doing);
    if (failure.response === undefined) this.#abandon();
    this.#handler.onEnd(this.#ending(failure, failure.response));
  }

  #ending(failure: Failure, rejected: TransportResponse | undefined): Ending {
    const body = rejected?.body;
    const abandon = (): void => this.#abandon();
    let response: Response | undefined;
    let isReleased = false;
    return {
      error: failure.toError(this.#status),
      final: failure.final,
      notBefore: this.#notBefore,
      get response(): Response | undefined {
        return response ??= rejected && toResponse(rejected, isReleased);
      },
      release(): void {
        // Read, or being read, by a listener: the rest is the listener's too.
        if (body?.locked || response?.bodyUsed) return;
        isReleased = true;
        body?.cancel().catch(ignore);
        if (response !== rejected) lock(response);
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
  // Deno's word for a permission that was not given: to ask again every few seconds gives none.
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
function checkResponse(
  response: TransportResponse,
  shown: string,
  undecoded: readonly string[],
): void {
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
  const encoding = headers.get("content-encoding")?.trim().toLowerCase();
  if (encoding !== undefined && undecoded.includes(encoding)) {
    throw new Failure(
      "network",
      `${shown} answered with content encoding "${encoding}", which this runtime does not decode`,
    );
  }
}

/** Whoever reads a body that was cancelled is to learn it, as from Fetch, and not to find it empty. */
function lock(response: Response | undefined): void {
  response?.body?.getReader();
}

/** The same as Fetch's; its body locked if that has been cancelled. */
function toResponse(rejected: TransportResponse, isCancelled: boolean): Response {
  if (rejected instanceof Response) return rejected;
  const { status, headers } = rejected;
  const isNull = rejected.body === null || NULL_BODY_STATUSES.has(status);
  // A cancelled stream is none that a Response takes: another stands for it.
  const body = isNull ? null : isCancelled ? new ReadableStream<Uint8Array>() : rejected.body;
  const response = status >= 200 && status <= 599
    ? new Response(body, { status, headers })
    // HTTP has room for others, which the constructor has not.
    : Object.defineProperty(new Response(body, { headers }), "status", { value: status });
  if (isCancelled) lock(response);
  return response;
}

function quote(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text);
}

function ignore(): void {}
