/**
 * Redirects, followed by hand: left to themselves, the runtimes forward headers to other origins
 * (`X-Api-Key`, and some of them `Cookie` and `Authorization`).
 *
 * @module
 */

import { causeOf } from "../causes.ts";
import { EventSourceError, networkError } from "../errors.ts";
import { quote, showOrigin, showUrl } from "../shown.ts";
import {
  ANONYMOUS_FIELDS,
  discard,
  redirectTarget,
  type RequestBody,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from "../transports/transport.ts";
import { splitUserinfo } from "./url.ts";

/** Returns the response; if it is a redirect, sends one more request for each. */
export type FollowRedirects = (
  response: TransportResponse,
  send: Transport["send"],
  url: URL,
  request: TransportRequest,
  /** Makes the body of a further request, if the first has one. */
  nextBody: (() => Promise<RequestBody>) | undefined,
) => TransportResponse | Promise<TransportResponse>;

/** @see {@link https://fetch.spec.whatwg.org/#http-redirect-fetch} */
const MAX_REDIRECTS = 20;

/** The headers that describe a body; they are dropped with it. */
const BODY_FIELD = /^content-(encoding|language|length|location|type)$/;

/**
 * Follows redirects. Once one has left the origin, the user's headers and the URL's user information
 * stay behind for the rest of the attempt.
 *
 * @see {@link https://fetch.spec.whatwg.org/#http-redirect-fetch}
 */
export const followRedirects: FollowRedirects = (response, send, url, request, nextBody) => {
  // Functions of their own do the rest, and a status of 200 needs none: Bun takes half a millisecond
  // to compile them.
  const location = response.status === 200 ? undefined : nextUrl(response, url);
  return location ? follow(send, url, request, response, location, nextBody) : response;
};

async function follow(
  send: Transport["send"],
  start: URL,
  request: TransportRequest,
  response: TransportResponse,
  location: URL,
  nextBody: (() => Promise<RequestBody>) | undefined,
): Promise<TransportResponse> {
  let url = start;
  let { method, headers, body, sameOrigin } = request;
  /** What stayed behind, for messages. */
  let lost = "";
  for (let redirects = 0; redirects < MAX_REDIRECTS; redirects++) {
    // Left unread, the body of a redirect would hold the socket.
    discard(response.body);
    const target = splitUserinfo(location);
    sameOrigin &&= target.url.origin === url.origin;
    const fields = [...headers];
    let kept = fields.filter(([name]) => sameOrigin || ANONYMOUS_FIELDS.includes(name));
    if (kept.length < fields.length) lost += "; headers stayed behind";
    const { status } = response;
    if (changesMethod(status, method)) {
      lost += `; ${method} became GET`;
      method = "GET";
      body = undefined;
      kept = kept.filter(([name]) => !BODY_FIELD.test(name));
    } else if (body !== undefined) {
      if (!sameOrigin) {
        throw new EventSourceError(
          "request",
          `${showUrl(url)} redirected a ${method} request to another origin, ` +
            `${showOrigin(target.url)}: its body stays behind`,
          { status },
        );
      }
      const again = await nextBody?.();
      if (again === body && body instanceof ReadableStream) {
        throw new EventSourceError("request", "Cannot send a stream again");
      }
      body = again;
    }
    headers = new Headers(kept);
    if (target.authorization !== undefined && !headers.has("authorization")) {
      headers.set("authorization", target.authorization);
    }
    url = target.url;
    const note = ` (redirected from ${showUrl(start)}${lost})`;
    try {
      response = await send(url.href, { ...request, method, headers, body, sameOrigin });
    } catch (thrown) {
      throw afterRedirect(thrown, url, note);
    }
    const next = nextUrl(response, url);
    if (next === undefined) {
      return { ...response, redirected: true, sender: response.sender + note };
    }
    location = next;
  }
  discard(response.body);
  throw new EventSourceError(
    "network",
    `Cannot connect to ${showUrl(start)}: it redirected more than ${MAX_REDIRECTS} times`,
  );
}

/** The error of a request after a redirect. */
function afterRedirect(thrown: unknown, url: URL, note: string): EventSourceError {
  if (!(thrown instanceof EventSourceError)) {
    return networkError(`Cannot connect to ${showUrl(url)}${note}`, thrown, undefined, causeOf);
  }
  const { reason, message } = thrown;
  return new EventSourceError(reason, message + note, thrown);
}

/** Whether the next request is a GET, by Fetch's rules, which are historical. */
function changesMethod(status: number, method: string): boolean {
  return (status <= 302 && method === "POST") ||
    (status === 303 && method !== "GET" && method !== "HEAD");
}

/** The URL to request next, if a response redirects. */
function nextUrl(response: TransportResponse, from: URL): URL | undefined {
  const target = redirectTarget(response, from);
  if (target === undefined || target && /^https?:$/.test(target.protocol)) return target;
  discard(response.body);
  const where = target ? `a URL with the scheme ${quote(target.protocol)}` : "an invalid URL";
  const { status } = response;
  throw new EventSourceError("network", `${showUrl(from)} redirected to ${where}`, { status });
}
