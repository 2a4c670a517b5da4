/**
 * What Deno's `fetch` can besides: CAs, a client certificate and a proxy, by an HttpClient.
 * It asks for gzip and br, and takes what else servers send as it comes.
 *
 * It cannot leave a certificate unverified, nor go past a proxy that the environment names: the
 * import `./node` can.
 *
 * @module
 */

import { misuse } from "../check.ts";
import { showOrigin } from "../shown.ts";
import type { RuntimeFetch } from "./fetch.ts";
import { parseHttpProxy, proxyAuthorization, throughProxy } from "./proxy.ts";
import { parseHttps } from "./tls.ts";
import { type FetchLikeInit, type HttpsOptions, refusal, type TransportInit } from "./transport.ts";

interface HttpClient {
  close(): void;
}

interface ClientOptions {
  caCerts?: string[];
  cert?: string;
  key?: string;
  proxy?: ProxyOptions;
}

interface ProxyOptions {
  url: string;
  basicAuth?: { username: string; password: string };
}

interface DenoGlobal {
  createHttpClient?(options: ClientOptions): HttpClient;
}

const NAME = "Deno's fetch";

/** The content encodings that it undoes. */
export const DENO_DECODES: readonly string[] = ["gzip", "br"];

const TLS_MEMBERS = new Set(["ca", "cert", "key"]);

/**
 * Deno's fetch for `init`; `undefined` on other runtimes.
 *
 * @throws {TypeError} If something is asked for that it cannot honour.
 */
export function denoFetch(init: TransportInit): RuntimeFetch | undefined {
  const { createHttpClient } = (globalThis as { Deno?: DenoGlobal }).Deno ?? {};
  if (createHttpClient === undefined) return undefined;
  const https = parseHttps(init.https);
  const wrong = Object.keys(https).find((member) => !TLS_MEMBERS.has(member));
  if (wrong !== undefined) throw refusal(`https.${wrong}`, NAME);
  const proxy = parseHttpProxy(init.proxy, NAME);
  if (proxy === false) throw refusal("proxy: false", `${NAME}, which obeys the environment,`);
  // Proxies of the environment Deno obeys by itself.
  if (proxy === undefined && Object.keys(https).length === 0) {
    return { fetch: (url, request) => throughProxy(undefined, url, fetch(url, request)) };
  }

  const { ca, cert, key } = https;
  const common = {
    ...(ca === undefined ? {} : { caCerts: pemTexts(ca) }),
    ...(proxy === undefined ? {} : { proxy: proxyOptions(proxy) }),
  };
  const identity = cert === undefined || key === undefined
    ? {}
    : { cert: pemTexts(cert).join("\n"), key: pemTexts(key).join("\n") };
  const create = (options: ClientOptions): HttpClient => {
    try {
      return createHttpClient(options);
    } catch (error) {
      throw misuse(`https cannot be used: ${error instanceof Error ? error.message : ""}`);
    }
  };
  const client = create({ ...common, ...identity });
  /** Without the identity, for other origins; made when it is needed. */
  let anonymous: HttpClient | undefined;
  return {
    proxy: proxy && showOrigin(proxy),
    fetch(url, init, sameOrigin) {
      const request = proxy ? withAuthorization(init, url, proxy) : init;
      const extended = { ...request, client: sameOrigin ? client : anonymous ??= create(common) };
      return throughProxy(proxy, url, fetch(url, extended));
    },
    close(): void {
      client.close();
      anonymous?.close();
    },
  };
}

function pemTexts(pem: NonNullable<HttpsOptions["ca"]>): string[] {
  const parts = typeof pem === "string" || pem instanceof Uint8Array ? [pem] : pem;
  return parts.map((part) => typeof part === "string" ? part : new TextDecoder().decode(part));
}

/**
 * The same request with the credentials for a proxy that is reached by TLS and forwards it: Deno
 * does not send them there.
 */
function withAuthorization(init: FetchLikeInit, url: string, proxy: URL): FetchLikeInit {
  const authorization = proxyAuthorization(proxy);
  const isLeftOut = proxy.protocol === "https:" && new URL(url).protocol === "http:";
  if (!isLeftOut || authorization === undefined) return init;
  return { ...init, headers: { ...init.headers, "Proxy-Authorization": authorization } };
}

function proxyOptions(proxy: URL): ProxyOptions {
  const url = `${proxy.protocol}//${proxy.host}`;
  if (proxy.username === "" && proxy.password === "") return { url };
  const username = decodeURIComponent(proxy.username);
  return { url, basicAuth: { username, password: decodeURIComponent(proxy.password) } };
}
