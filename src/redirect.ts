/**
 * Redirects, followed by hand: the runtimes forward header fields across origins that a page's
 * fetch would have kept back (`X-Api-Key`, on some of them `Cookie` and `Authorization` too).
 *
 * @module
 */

import { Failure } from "./failure.ts";
import { decodeUtf8 } from "./headers.ts";
import type {
  RequestBody,
  Transport,
  TransportRequest,
  TransportResponse,
} from "./transports/transport.ts";
import { showUrl, splitUserinfo } from "./url.ts";

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

/** A request, all but what depends on the hop. */
export interface RedirectableRequest
  extends Omit<TransportRequest, "headers" | "body" | "sameOrigin"> {
  /** Makes the header fields for a hop; with those that the user gave, or without. */
  headers(withUserFields: boolean): Headers;
  /** The body; called for each request that has one, and throws if it cannot be sent again. */
  body(): RequestBody | undefined | Promise<RequestBody | undefined>;
  /** Called before a redirect is followed. */
  onRedirect(to: URL): void;
}

/** The answer at the end of the redirects. */
export interface Answer {
  readonly response: TransportResponse;
  /** The URL that answered, without user information. */
  readonly url: URL;
  readonly redirected: boolean;
}

/**
 * Sends a request, and sends it again for each redirect. Once a redirect has left the origin, the
 * header fields that the user gave, user information in the URL included, stay behind for good.
 *
 * @throws {Failure} If a redirect cannot be followed.
 * @see {@link https://fetch.spec.whatwg.org/#http-redirect-fetch}
 */
export async function sendRequest(
  transport: Transport,
  start: URL,
  { headers, body, method: startMethod, onRedirect, ...request }: RedirectableRequest,
): Promise<Answer> {
  const { signal } = request;
  let { url, authorization } = splitUserinfo(start);
  let method = startMethod;
  let sameOrigin = true;
  let keepsBody = true;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const fields = headers(sameOrigin);
    if (!keepsBody) { for (const name of BODY_FIELDS) fields.delete(name); }
    if (authorization !== undefined && !fields.has("authorization")) {
      fields.set("Authorization", authorization);
    }
    const content = keepsBody ? await body() : undefined;
    // As Fetch has it; Bun's leaves it out.
    if (typeof content === "string" && !fields.has("content-type")) {
      fields.set("Content-Type", "text/plain;charset=UTF-8");
    }
    // Closed while the user's function was busy, or by a fetch that ignores its signal.
    if (signal.aborted && content instanceof ReadableStream) content.cancel().catch(ignore);
    signal.throwIfAborted();
    const response = await transport.send(url.href, {
      ...request,
      method,
      headers: fields,
      body: content,
      sameOrigin,
    });
    const location = redirectTarget(response, url);
    if (location === undefined) {
      const answered = response.url === "" ? new URL(url) : new URL(response.url);
      // Not every runtime leaves it out of a response's URL, as Fetch does.
      answered.hash = "";
      return {
        response,
        url: answered,
        redirected: redirects > 0 || response.redirected === true,
      };
    }
    // The body of a redirect is of no interest; left unread it would keep the socket.
    response.body?.cancel().catch(ignore);
    const target = splitUserinfo(location);
    sameOrigin &&= target.url.origin === url.origin;
    const { status } = response;
    if (changesMethod(status, method)) {
      method = "GET";
      keepsBody = false;
    } else if (content !== undefined && !sameOrigin) {
      throw new Failure(
        "request",
        `${showUrl(url)} redirected a ${method} request to another origin, ` +
          `${target.url.origin}: its body stays behind`,
        { status },
      );
    }
    url = target.url;
    onRedirect(url);
    authorization = target.authorization ?? (sameOrigin ? authorization : undefined);
  }
  throw new Failure(
    "network",
    `Cannot connect to ${showUrl(start)}: it redirected more than ${MAX_REDIRECTS} times`,
  );
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
  const reference = decodeUtf8(location);
  const target = URL.canParse(reference, from) ? new URL(reference, from) : undefined;
  if (target?.protocol === "http:" || target?.protocol === "https:") return target;
  response.body?.cancel().catch(ignore);
  const where = target === undefined
    ? "an invalid URL"
    : `a URL with the scheme ${target.protocol} which is neither http: nor https:`;
  throw new Failure("network", `${showUrl(from)} redirected to ${where}`, {
    status: response.status,
  });
}

function ignore(): void {}
