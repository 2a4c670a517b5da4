/**
 * Requests through `fetch`: the runtime's own or the user's.
 *
 * Browsers differ from the other runtimes in that a script sees no redirect and cannot set every
 * header; workerd in that it refuses `cache` before the compatibility date 2024-11-11. Each is
 * asked for, once, when it is first needed.
 *
 * @module
 */

import { isObject, misuse } from "../check.ts";
import {
  type FetchLikeInit,
  fromFetch,
  refusal,
  type RuntimeFetch,
  TEXT_TYPE,
  type Transport,
  type TransportInit,
} from "./transport.ts";

/**
 * Makes the transport for `init`; through `own`, where the runtime's fetch can more than others.
 *
 * @throws {TypeError} If `https` or `proxy` ask for what no other can.
 */
export function fetchTransport(
  { fetch: custom, https = {}, proxy }: TransportInit,
  own?: RuntimeFetch,
): Transport {
  const isBrowser = forbidsHeaders();
  const [member] = Object.keys(https).filter((name) => https[name] !== undefined);
  const isProxied = proxy !== undefined && proxy !== false;
  const refused = member !== undefined ? `https.${member}` : isProxied ? "proxy" : undefined;
  if (own === undefined && refused !== undefined) {
    throw custom === undefined
      ? refusal(refused, "this fetch")
      : misuse(`${refused} and fetch exclude each other: it is up to that fetch`);
  }
  const call = custom ?? own?.fetch ?? ((url, init) => fetch(url, init));
  return {
    isBrowser,
    via: own?.via,
    judgesSchemes: custom !== undefined,
    close: () => own?.close?.(),
    async send(url, { method, headers, body, signal, withCredentials, sameOrigin }) {
      const init: FetchLikeInit = {
        method,
        headers: Object.fromEntries([...headers].map(([name, value]) => [usualName(name), value])),
        signal,
        credentials: withCredentials ? "include" : "same-origin",
        redirect: isBrowser ? "follow" : "manual",
      };
      if (acceptsCache()) init.cache = "no-store";
      if (body !== undefined) init.body = body;
      if (typeof body === "string") init.headers["Content-Type"] ??= TEXT_TYPE;
      if (body instanceof ReadableStream) init.duplex = "half";
      const response: unknown = await call(url, init, sameOrigin);
      if (!isResponse(response)) {
        throw new TypeError(
          "fetch must return a Response whose body is null or a web stream that nobody reads",
        );
      }
      return fromFetch(response);
    },
  };
}

/** By shape: what another implementation of fetch returns is no `Response` of this realm. */
function isResponse(value: unknown): value is Response {
  if (!isObject(value)) return false;
  const { status, headers, body } = value as Partial<Response>;
  return typeof status === "number" && isObject(headers) && "get" in headers &&
    (body === null || isObject(body) && "getReader" in body && !body.locked);
}

/**
 * A header field's name as people write it: what a fetch of the user's spreads over it is to take
 * its place, not to stand beside it.
 */
function usualName(name: string): string {
  return name === "last-event-id"
    ? "Last-Event-ID"
    : name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase());
}

const forbidsHeaders = once(() =>
  !new Request("http://localhost", { headers: { Cookie: "a=b" } }).headers.has("Cookie")
);

const acceptsCache = once(() => {
  try {
    new Request("http://localhost", { cache: "no-store" });
    return true;
  } catch {
    return false;
  }
});

function once(compute: () => boolean): () => boolean {
  let value: boolean | undefined;
  return () => value ??= compute();
}
