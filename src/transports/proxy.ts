/**
 * Proxies, for the transports that support them.
 *
 * @module
 */

import { plainError } from "../causes.ts";
import { check, kindOf, misuse, parsedUrl } from "../check.ts";
import { EventSourceError } from "../errors.ts";
import { explain, showOrigin, showUrl } from "../shown.ts";
import { type Environment, proxyOfEnvironment } from "./proxy_environment.ts";
import { explainTls, type Peer } from "./tls.ts";
import { cannotSendFor, isForbidden } from "./permission.ts";
import { cannotSend, discard, refusal, type TransportInit } from "./transport.ts";

/** A proxy, "env" for those of the environment, or `false` for none. */
export type Proxy = URL | "env" | false;

const SCHEME = /^(https?|socks5h?):$/;

/**
 * Checks the option `proxy`. No message shows the value: it may hold a password.
 *
 * @throws {TypeError} If it is none.
 */
export function parseProxy(proxy: TransportInit["proxy"]): Proxy | undefined {
  if (proxy === undefined || proxy === false || proxy === "env") return proxy;
  const rule = "proxy must be a whole http:, https:, socks5: or socks5h: URL, " +
    'such as http://host:3128, "env" or false';
  check(typeof proxy === "string" || proxy instanceof URL, rule, kindOf(proxy));
  // Not even the scheme is shown: without one, a user name would be taken for it.
  check(URL.canParse(proxy) && SCHEME.test(new URL(proxy).protocol), rule, "another text or URL");
  const url = new URL(proxy);
  if (isDecodable(url)) return url;
  throw misuse("proxy must be percent-encoded, got user information that cannot be decoded");
}

function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(`${username}:${password}`);
    return true;
  } catch {
    return false;
  }
}

/**
 * The same for a runtime's `fetch`, which reads the environment itself: the URL of an HTTP proxy, or
 * `false`.
 *
 * @throws {TypeError} If it is none, or one of SOCKS.
 */
export function parseHttpProxy(
  proxy: NonNullable<TransportInit["proxy"]>,
  who: string,
): URL | false | undefined {
  const parsed = parseProxy(proxy);
  if (!(parsed instanceof URL)) return parsed === false ? parsed : undefined;
  if (parsed.protocol.startsWith("socks")) throw refusal("a SOCKS proxy", who);
  return parsed;
}

/**
 * The proxy for a request, from the option or from the environment; `undefined` for none.
 *
 * @throws {Error} If the environment names a proxy that is none.
 */
export function proxyFor(
  url: URL,
  proxy: Proxy | undefined,
  environment: Environment,
): URL | undefined {
  if (proxy !== "env") return proxy || undefined;
  const found = proxyOfEnvironment(url, environment);
  if (found === undefined) return undefined;
  const chosen = parsedUrl(found);
  if (chosen === undefined || !SCHEME.test(chosen.protocol)) {
    throw new Error("the environment names a proxy that is no http:, https: or SOCKS 5 URL");
  }
  if (isDecodable(chosen)) return chosen;
  throw new Error("the environment names a proxy whose user information cannot be decoded");
}

/**
 * The proxy of the environment for a runtime's `fetch`; `false` for none.
 *
 * @throws {EventSourceError} If it is one of SOCKS.
 * @throws {Error} If the environment names a proxy that is none.
 */
export function environmentProxy(url: string, environment: Environment, who: string): URL | false {
  const proxy = proxyFor(new URL(url), "env", environment);
  if (!proxy?.protocol.startsWith("socks")) return proxy ?? false;
  throw cannotSend(
    url,
    `${who} cannot go through the SOCKS proxy that the environment names; ` +
      '"@x/eventsource/node" can',
  );
}

/** The error for a request that a runtime's `fetch` would not send through the proxy. */
export function bypass(url: string, proxy: URL, who: string): EventSourceError {
  return cannotSend(
    url,
    `${who} would go past the proxy ${showOrigin(proxy)}, because of NO_PROXY; ` +
      '"@x/eventsource/node" does not',
  );
}

/** The value of `Proxy-Authorization` for the credentials in a proxy's URL, if there are any. */
export function proxyAuthorization({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  const bytes = new TextEncoder().encode(credentials);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** The error for a request that a proxy has refused. */
export function proxyRefusal(url: string, proxy: URL, status: number): EventSourceError {
  const hint = status === 407 ? " (it asks for other credentials)" : "";
  const message = `${unconnected(url, proxy)}: the proxy answered with status ${status}${hint}`;
  return new EventSourceError("network", message);
}

/**
 * The error for a request without a response. It names the proxy and, about TLS, whose certificate was
 * met, with advice. Without either, it is the thrown error.
 */
export function requestFailure(
  url: string,
  proxy: URL | undefined,
  thrown: unknown,
  peer: Peer,
): unknown {
  if (thrown instanceof EventSourceError) return thrown;
  if (isForbidden(thrown)) return cannotSendFor(url, thrown);
  const cause = plainError(thrown);
  const problem = explainTls(thrown, peer);
  if (proxy === undefined && problem === undefined) return cause;
  const message = `${unconnected(url, proxy)}: ${explain(problem ?? thrown)}`;
  return new EventSourceError("network", message, { cause });
}

function unconnected(url: string, proxy: URL | undefined): string {
  const via = proxy === undefined ? "" : ` (through the proxy ${showOrigin(proxy)})`;
  return `Cannot connect to ${showUrl(new URL(url))}${via}`;
}

/** Adds the proxy, whose certificate was met, and advice to an error of a runtime's `fetch`. */
export function throughProxy(
  proxy: URL | false | undefined,
  url: string,
  request: Promise<Response>,
): Promise<Response> {
  const via = proxy || undefined;
  const answer = request.catch((thrown: unknown) => {
    const peer = via?.protocol === "https:" ? "the server or the proxy" : "the server";
    throw requestFailure(url, via, thrown, peer);
  });
  // As an async function it would take Bun 0.05 ms more the first time.
  return via === undefined ? answer : answer.then((response) => {
    if (response.status !== 407) return response;
    discard(response.body);
    throw proxyRefusal(url, via, response.status);
  });
}
