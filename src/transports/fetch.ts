/**
 * Requests through `fetch`: the runtime's own or the user's.
 *
 * Browsers differ from the other runtimes in that a script sees no redirect and cannot set every
 * header; workerd in that it encodes header values as UTF-8 by itself, and that it refuses `cache`
 * before the compatibility date 2024-11-11. Each is asked for, once, when it is first needed.
 *
 * @module
 */

import {
  type FetchExtension,
  type FetchLikeInit,
  fromFetch,
  refusal,
  type Transport,
  type TransportInit,
} from "./transport.ts";

const SCHEMES = new Set(["http:", "https:", "data:"]);

/**
 * Makes the transport for `init`.
 *
 * @throws {TypeError} If `https` or `proxy` ask for what there is no extension for.
 */
export function fetchTransport(
  { fetch: custom, https, proxy }: TransportInit,
  extension?: FetchExtension,
): Transport {
  const isBrowser = forbidsHeaders();
  if (extension === undefined) {
    const member = Object.keys(https ?? {})[0];
    const isProxied = proxy !== undefined && (proxy !== false || isBrowser);
    const refused = member !== undefined ? `https.${member}` : isProxied ? "proxy" : undefined;
    if (refused !== undefined) {
      if (custom === undefined) throw refusal(refused, "this fetch");
      throw new TypeError(
        `Cannot construct EventSource: ${refused} and fetch exclude each other: it is up to that fetch`,
      );
    }
  }
  return {
    isBrowser,
    undecoded: custom === undefined ? extension?.undecoded ?? workersUndecoded() : [],
    via: extension?.via,
    supports: (protocol) => custom !== undefined || SCHEMES.has(protocol),
    encode: encodeHeaderValue,
    close: () => extension?.close?.(),
    async send(url, { method, headers, body, signal, withCredentials, sameOrigin }) {
      const init: FetchLikeInit = {
        method,
        headers: Object.fromEntries(headers),
        signal,
        credentials: withCredentials ? "include" : "same-origin",
        redirect: isBrowser ? "follow" : "manual",
      };
      if (acceptsCache()) init.cache = "no-store";
      if (body !== undefined) init.body = body;
      // As Fetch has it; Bun's leaves it out.
      if (typeof body === "string") init.headers["content-type"] ??= "text/plain;charset=UTF-8";
      if (body instanceof ReadableStream) init.duplex = "half";
      if (custom === undefined) {
        const request = fetch(url, { ...init, ...extension?.members(sameOrigin) });
        return fromFetch(await through(extension?.via, request));
      }
      const response: unknown = await custom(url, init);
      if (!isResponse(response)) {
        throw new TypeError("fetch must return a Response whose body is null or a web stream");
      }
      return fromFetch(response);
    },
  };
}

/** What came through a proxy; an error does not say by itself that there was one. */
async function through(via: string | undefined, request: Promise<Response>): Promise<Response> {
  if (via === undefined) return await request;
  const response = await request.catch((cause: unknown) => {
    throw new Error(`through the proxy ${via}`, { cause });
  });
  if (response.status !== 407) return response;
  await response.body?.cancel();
  throw new Error(`the proxy ${via} asked for authentication (status 407)`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** By shape: what another implementation of fetch returns is no `Response` of this realm. */
function isResponse(value: unknown): value is Response {
  return isObject(value) && typeof value["status"] === "number" &&
    isObject(value["headers"]) && typeof value["headers"]["get"] === "function" &&
    (value["body"] === null || isObject(value["body"]) && "getReader" in value["body"]);
}

/** workerd names itself here, and no request tells what its fetch decodes. */
function workersUndecoded(): readonly string[] {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  return navigator?.userAgent === "Cloudflare-Workers" ? ["deflate"] : [];
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
