/**
 * Requests through `fetch`: the runtime's own or the user's.
 *
 * Browsers differ from the other runtimes in that a script sees no redirect and cannot set every
 * header; workerd in that it encodes header values as UTF-8 by itself, and that it refuses `cache`
 * before the compatibility date 2024-11-11. Each is asked for, once, when it is first needed.
 *
 * @module
 */

import type { FetchLikeInit, Transport, TransportInit, TransportResponse } from "./transport.ts";

const SCHEMES = new Set(["http:", "https:", "data:"]);

/**
 * Makes the transport for `init`.
 *
 * @throws {TypeError} If `https` or `proxy` ask for what no script can tell a `fetch`.
 */
export function fetchTransport({ fetch: custom, https, proxy }: TransportInit): Transport {
  const isBrowser = forbidsHeaders();
  const given = Object.keys(https ?? {})[0];
  if (given !== undefined) refuse(`https.${given}`, custom);
  if (proxy !== undefined && (proxy !== false || isBrowser)) refuse("proxy", custom);
  return {
    isBrowser,
    supports: (protocol) => custom !== undefined || SCHEMES.has(protocol),
    encode: encodeHeaderValue,
    async send(url, { method, headers, body, signal, withCredentials }) {
      const init: FetchLikeInit = {
        method,
        headers,
        signal,
        credentials: withCredentials ? "include" : "same-origin",
        redirect: isBrowser ? "follow" : "manual",
      };
      if (acceptsCache()) init.cache = "no-store";
      if (body !== undefined) init.body = body;
      if (body instanceof ReadableStream) init.duplex = "half";
      // Bun's fetch ends a response that is silent for minutes, unless it is told not to.
      if (custom === undefined) return await fetch(url, { ...init, timeout: false } as RequestInit);
      const response: unknown = await custom(url, init);
      if (!isResponse(response)) {
        throw new TypeError("fetch must return a Response whose body is null or a web stream");
      }
      return response;
    },
  };
}

/** @throws {TypeError} Always: it says what can. */
function refuse(member: string, custom: unknown): never {
  const instead = custom === undefined
    ? "on Node.js, Deno and Bun the import ./node can"
    : "the fetch that was given has to";
  throw new TypeError(
    `Cannot construct EventSource: this fetch cannot honour ${member}; ${instead}`,
  );
}

function isStream(value: unknown): boolean {
  return typeof value === "object" && value !== null && "getReader" in value;
}

/** By shape: what another implementation of fetch returns is no `Response` of this realm. */
function isResponse(value: unknown): value is TransportResponse {
  return typeof value === "object" && value !== null && "status" in value && "headers" in value &&
    "body" in value && (value.body === null || isStream(value.body));
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

const encodesByItself = once(() => {
  try {
    new Headers({ a: "\u2026" });
    return true;
  } catch {
    return false;
  }
});

function encodeHeaderValue(text: string): string {
  if (/^[\0-\x7F]*$/.test(text) || encodesByItself()) return text;
  let bytes = "";
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return bytes;
}

function once<Value>(compute: () => Value): () => Value {
  let value: { readonly it: Value } | undefined;
  return () => (value ??= { it: compute() }).it;
}
