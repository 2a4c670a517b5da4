/**
 * Requests through `fetch`: the runtime's own or the user's.
 *
 * In browsers, scripts see no redirects and cannot set every header.
 *
 * @module
 */

import { misuse, parsedUrl } from "../check.ts";
import { showUrl } from "../shown.ts";
import {
  cannotSend,
  checkScheme,
  type FetchLike,
  type FetchLikeInit,
  refusal,
  TEXT_TYPE,
  type Transport,
  type TransportInit,
  type TransportRequest,
  type TransportResponse,
} from "./transport.ts";

const NO_STREAMS = "body cannot be a stream here";

/** A runtime's own `fetch`, with its extensions of Fetch. */
export interface RuntimeFetch {
  /** The same as `fetch`, for a request to the source's own origin or to another. */
  fetch(url: string, init: FetchLikeInit, sameOrigin: boolean): Promise<Response>;
  /** Decodes what the runtime leaves encoded of the response to a request. */
  decode(response: TransportResponse, request: TransportRequest): TransportResponse;
  /** The user's proxy, as messages show it. */
  readonly proxy?: string | undefined;
  close?(): void;
}

/** A transport of which each request may take another function than the user's or the global one. */
interface FetchTransport extends Transport {
  send(url: string, request: TransportRequest, call?: FetchLike): Promise<TransportResponse>;
}

/**
 * Makes the transport for `init`.
 *
 * @throws {TypeError} If no fetch can honour an option.
 */
export function fetchTransport(
  init: TransportInit,
  isBrowser: boolean = !hasHeader("Cookie", { headers: { Cookie: "a=b" } }),
): FetchTransport {
  const { fetch: custom, https, agent, createConnection, proxy } = init;
  refuse({ agent, createConnection, proxy });
  refuse({ ...https }, "https.");
  // A user's fetch may know other schemes, and send streams. Without support, a stream is sent as the
  // text "[object ReadableStream]".
  const refuses = (body: unknown): boolean =>
    custom === undefined && body instanceof ReadableStream &&
    hasHeader("Content-Type", { method: "POST", body: new ReadableStream(), duplex: "half" });
  if (refuses(init.body)) throw misuse(NO_STREAMS);
  return {
    isBrowser,
    async send(
      url,
      { method, headers, body, signal, withCredentials },
      call = custom ?? fetch,
    ) {
      if (custom === undefined) checkScheme(url);
      if (refuses(body)) throw cannotSend(url, NO_STREAMS);
      const init = {
        // A polluted Object.prototype does not reach it.
        __proto__: null,
        method,
        headers: Object.fromEntries([...headers].map(([name, value]) => [
          // As people write it, so that a header which a user's fetch spreads over it takes its place.
          name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase())
            .replace(/^Last-Event-Id$/, "Last-Event-ID"),
          value,
        ])),
        signal,
        credentials: withCredentials ? "include" : "same-origin",
        cache: "no-store",
        redirect: isBrowser ? "follow" : "manual",
      } as FetchLikeInit;
      if (body !== undefined) init.body = body;
      if (typeof body === "string") init.headers["Content-Type"] ??= TEXT_TYPE;
      if (body instanceof ReadableStream) init.duplex = "half";
      return fromFetch(await call(url, init), url);
    },
  };
}

/**
 * The response of `fetch`, or of a function like it.
 *
 * @throws {TypeError} If it is none. Its shape tells, because another implementation of fetch has
 * another `Response` class.
 */
export function fromFetch(response: Response, asked: string): TransportResponse {
  const { status, headers, body } = Object(response) as Partial<Response>;
  const isResponse = typeof status === "number" && typeof headers?.get === "function" &&
    (body === null || body?.getReader !== undefined && !body.locked);
  if (!isResponse) throw new TypeError("fetch must return an unread Response");
  // A mock's response may have any URL, or none.
  const url = parsedUrl(response.url) ?? new URL(asked);
  // Some runtimes keep the fragment, which Fetch leaves out.
  url.hash = "";
  return {
    status,
    headers,
    url: url.href,
    redirected: response.redirected === true,
    sender: showUrl(url),
    body,
    toResponse: () => response,
  };
}

/** @throws {TypeError} If one of the options is given: no fetch can honour it. */
function refuse(options: object, prefix = ""): void {
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) throw refusal(prefix + name, "fetch");
  }
}

/** Whether a request made with `init` has a header. */
function hasHeader(name: string, init: RequestInit & { duplex?: "half" }): boolean {
  return new Request("http://localhost", init).headers.has(name);
}
