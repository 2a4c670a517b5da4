/**
 * Redirects, followed by hand: the runtimes forward header fields across origins that a page's
 * fetch would have kept back (`X-Api-Key`, on some of them `Cookie` and `Authorization` too).
 *
 * @module
 */

import { Failure } from "../errors.ts";
import { decodeUtf8, requestHeaders } from "./headers.ts";
import {
  discard,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from "../transports/transport.ts";
import { showUrl, splitUserinfo, urlOf } from "./url.ts";

/** @see {@link https://fetch.spec.whatwg.org/#redirect-status} */
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

/** @see {@link https://fetch.spec.whatwg.org/#http-redirect-fetch} */
const MAX_REDIRECTS = 20;

/** The fields that describe a body, which do not outlive it. */
const BODY_FIELDS = [
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-type",
];

/**
 * The same transport, which sends a request again for each redirect. Once one has left the origin,
 * the header fields that the user gave, user information in the URL included, stay behind for good.
 *
 * @see {@link https://fetch.spec.whatwg.org/#http-redirect-fetch}
 */
export function followRedirects(transport: Transport): Transport {
  return {
    ...transport,
    async send(start: string, request: TransportRequest): Promise<TransportResponse> {
      let url = new URL(start);
      let { method, headers, body, sameOrigin } = request;
      for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
        const hop = { ...request, method, headers, body, sameOrigin };
        const response = await transport.send(url.href, hop);
        const location = redirectTarget(response, url);
        if (location === undefined) return response;
        // The body of a redirect is of no interest; left unread it would keep the socket.
        discard(response.body);
        // A fetch of the user's may have ignored it.
        request.signal.throwIfAborted();
        const target = splitUserinfo(location);
        sameOrigin &&= target.url.origin === url.origin;
        headers = requestHeaders(
          sameOrigin ? headers : undefined,
          request.lastEventId,
          transport.isBrowser,
          target.authorization,
        );
        const { status } = response;
        if (changesMethod(status, method)) {
          method = "GET";
          body = undefined;
          for (const name of BODY_FIELDS) headers.delete(name);
        } else if (body !== undefined) {
          if (!sameOrigin) {
            throw new Failure(
              "request",
              `${showUrl(url)} redirected a ${method} request to another origin, ` +
                `${target.url.origin}: its body stays behind`,
              { status },
            );
          }
          body = await request.nextBody();
        }
        url = target.url;
        request.onRedirect(url);
      }
      throw new Failure(
        "network",
        `Cannot connect to ${
          showUrl(new URL(start))
        }: it redirected more than ${MAX_REDIRECTS} times`,
      );
    },
  };
}

/** Whether what follows is a GET, by the rules that history has made. */
function changesMethod(status: number, method: string): boolean {
  return (status <= 302 && method === "POST") ||
    (status === 303 && method !== "GET" && method !== "HEAD");
}

/**
 * Where a response redirects to; `undefined` if it does not, or does not say where.
 *
 * @see {@link https://fetch.spec.whatwg.org/#concept-response-location-url}
 */
function redirectTarget(response: TransportResponse, from: URL): URL | undefined {
  const location = response.headers.get("location");
  if (!REDIRECT_STATUSES.has(response.status) || location === null) return undefined;
  // The bytes of the header are UTF-8, if they can be.
  const target = urlOf(decodeUtf8(location), from);
  if (target?.protocol === "http:" || target?.protocol === "https:") return target;
  discard(response.body);
  const where = target === undefined
    ? "an invalid URL"
    : `a URL with the scheme ${target.protocol}, which is neither http: nor https:`;
  throw new Failure("network", `${showUrl(from)} redirected to ${where}`, {
    status: response.status,
  });
}
