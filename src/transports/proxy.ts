/**
 * Proxies, for the runtimes whose transports go through any.
 *
 * @module
 */

import { check, kindOf, misuse } from "../check.ts";
import { discard, type ProxyOption, refusal } from "./transport.ts";

/** A proxy, "env" for those of the environment, or `false` for none. */
export type Proxy = URL | "env" | false;

const SCHEME = /^(https?|socks(4|5h?)?):$/;

/**
 * The proxy that the user has chosen, if any. No message shows the value: it may hold a password.
 *
 * @throws {TypeError} If it is none.
 */
export function parseProxy(proxy: ProxyOption | undefined): Proxy | undefined {
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
  proxy: ProxyOption | undefined,
  who: string,
): URL | false | undefined {
  const parsed = parseProxy(proxy);
  if (!(parsed instanceof URL)) return parsed === false ? parsed : undefined;
  if (parsed.protocol.startsWith("socks")) throw refusal("a SOCKS proxy", who);
  return parsed;
}

/** A proxy's URL as messages show it: without the credentials. */
export function showProxy({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}

/** What came through a proxy, if there was one; an error does not say so by itself. */
export async function throughProxy(
  proxy: URL | false | undefined,
  request: Promise<Response>,
): Promise<Response> {
  if (!proxy) return await request;
  const via = showProxy(proxy);
  const response = await request.catch((cause: unknown) => {
    throw new Error(`through the proxy ${via}`, { cause });
  });
  if (response.status !== 407) return response;
  discard(response.body);
  throw new Error(`the proxy ${via} asked for authentication (status 407)`);
}
