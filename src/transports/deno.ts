/**
 * What Deno's `fetch` can besides: CAs, a client certificate and a proxy, by an HttpClient. Each
 * request has a connection of its own, without which Deno
 *
 * - sends any request once more, a POST too, when a kept connection closes without an answer;
 * - puts all requests to an origin into one HTTP/2 connection, also when its path is dead, and has
 *   those beyond the server's limit wait in silence.
 *
 * It cannot leave a certificate unverified, nor go past a proxy that the environment names: the
 * import `./node` can.
 *
 * @module
 */

import { misuse } from "../check.ts";
import { showOrigin } from "../shown.ts";
import { checkCoding } from "./content_encoding.ts";
import { decode } from "./deno_decoding.ts";
import { extend, type RuntimeFetch } from "./fetch.ts";
import { permitted } from "./permission.ts";
import { parseHttpProxy, proxyAuthorization, throughProxy } from "./proxy.ts";
import { parseHttps } from "./tls.ts";
import {
  type FetchLikeInit,
  type HttpsOptions,
  refusal,
  type TransportInit,
  type TransportResponse,
} from "./transport.ts";

interface HttpClient {
  close(): void;
}

interface ClientOptions {
  http2?: boolean;
  poolMaxIdlePerHost?: number;
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

/** The content encodings that are undone: the third by the library in any case. */
const DECODES: readonly string[] = ["gzip", "br", "x-gzip"];

const TLS_MEMBERS = new Set(["ca", "cert", "key"]);

const OWN_CONNECTION: ClientOptions = { http2: false, poolMaxIdlePerHost: 0 };

/** The client of the sources without options of their own, and how many have made a request. */
let shared: HttpClient | undefined;
let sharers = 0;

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
    let isSharing = false;
    return {
      decode: decodeOwn,
      fetch(url, request) {
        if (!isSharing) sharers++;
        isSharing = true;
        shared ??= createHttpClient(extend(OWN_CONNECTION));
        const init = extend(request, { client: shared });
        return throughProxy(undefined, url, permitted(url, () => fetch(url, init)));
      },
      close(): void {
        if (!isSharing || --sharers > 0) return;
        shared?.close();
        shared = undefined;
      },
    };
  }

  const { ca, cert, key } = https;
  const common = {
    ...OWN_CONNECTION,
    ...(ca === undefined ? {} : { caCerts: pemTexts(ca) }),
    ...(proxy === undefined ? {} : { proxy: proxyOptions(proxy) }),
  };
  const identity = cert === undefined || key === undefined
    ? {}
    : { cert: pemTexts(cert).join("\n"), key: pemTexts(key).join("\n") };
  const create = (options: ClientOptions): HttpClient => {
    try {
      return createHttpClient(extend(options));
    } catch (error) {
      throw misuse(`https cannot be used: ${error instanceof Error ? error.message : ""}`);
    }
  };
  const client = create({ ...common, ...identity });
  /** Without the identity, for other origins; made when it is needed. */
  let anonymous: HttpClient | undefined;
  return {
    decode: decodeOwn,
    proxy: proxy && showOrigin(proxy),
    fetch(url, init, sameOrigin) {
      const request = extend(proxy ? withAuthorization(init, url, proxy) : init, {
        client: sameOrigin ? client : anonymous ??= create(common),
      });
      return throughProxy(proxy, url, permitted(url, () => fetch(url, request)));
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

/**
 * Decodes what Deno does not: nothing, from 2.9 on, for a request that asks for "identity" alone.
 * Earlier ones decode gzip and br all the same, and take the field away.
 */
function decodeOwn(response: TransportResponse, headers: Headers): TransportResponse {
  const coding = checkCoding(response, DECODES);
  const accepted = headers.get("accept-encoding")?.trim().toLowerCase();
  return coding === "" || coding !== "x-gzip" && accepted !== "identity"
    ? response
    : decode(response, coding);
}
