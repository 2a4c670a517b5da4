/**
 * Proxies, for the runtimes whose transports go through any.
 *
 * @module
 */

import { check, kindOf, misuse } from "../check.ts";
import { EventSourceError, plainError } from "../errors.ts";
import { explain, showOrigin, showUrl } from "../shown.ts";
import { discard, refusal, type TransportInit } from "./transport.ts";

/** A proxy, "env" for those of the environment, or `false` for none. */
export type Proxy = URL | "env" | false;

const SCHEME = /^(https?|socks(4|5h?)?):$/;

/**
 * The proxy that the user has chosen, if any. No message shows the value: it may hold a password.
 *
 * @throws {TypeError} If it is none.
 */
export function parseProxy(proxy: TransportInit["proxy"]): Proxy | undefined {
  if (proxy === undefined || proxy === false || proxy === "env") return proxy;
  const rule = "proxy must be a whole http:, https:, socks5: or socks5h: URL, " +
    'such as http://host:3128, "env" or false';
  check(typeof proxy === "string" || proxy instanceof URL, rule, kindOf(proxy));
  // Not even the scheme is shown: where it is missing, a user name is taken for it.
  check(URL.canParse(proxy) && SCHEME.test(new URL(proxy).protocol), rule, "another text or URL");
  const url = new URL(proxy);
  try {
    decodeURIComponent(`${url.username}:${url.password}`);
  } catch {
    throw misuse("proxy must be percent-encoded, got user information that cannot be decoded");
  }
  return url;
}

/**
 * The same for a runtime's `fetch`, which leaves those of the environment to the runtime: the URL
 * of an HTTP proxy, or `false`.
 *
 * @throws {TypeError} If it is none, or one of SOCKS.
 */
export function parseHttpProxy(
  proxy: TransportInit["proxy"],
  who: string,
): URL | false | undefined {
  const parsed = parseProxy(proxy);
  if (!(parsed instanceof URL)) return parsed === false ? parsed : undefined;
  if (parsed.protocol.startsWith("socks")) throw refusal("a SOCKS proxy", who);
  return parsed;
}

/** The error for a request that failed on its way through a proxy, or was refused by it. */
export function proxyFailure(
  url: string,
  proxy: URL,
  why: { readonly refusal: number } | { readonly thrown: unknown },
): EventSourceError {
  const what = "thrown" in why
    ? explain(why.thrown)
    : `the proxy answered with status ${why.refusal}${
      why.refusal === 407 ? " (it asks for other credentials)" : ""
    }`;
  return new EventSourceError(
    "network",
    `Cannot connect to ${showUrl(new URL(url))} (through the proxy ${showOrigin(proxy)}): ${what}`,
    "thrown" in why ? { cause: plainError(why.thrown) } : {},
  );
}

/** The same request through a proxy, if there is one: an error does not say so by itself. */
export async function throughProxy(
  proxy: URL | false | undefined,
  url: string,
  request: Promise<Response>,
): Promise<Response> {
  if (!proxy) return await request;
  const response = await request.catch((thrown: unknown) => {
    throw thrown instanceof EventSourceError ? thrown : proxyFailure(url, proxy, { thrown });
  });
  if (response.status !== 407) return response;
  discard(response.body);
  throw proxyFailure(url, proxy, { refusal: response.status });
}
