/**
 * What Deno's `fetch` can besides: authorities, a client certificate and a proxy, by an HttpClient.
 *
 * It cannot leave a certificate unverified, nor go past a proxy that the environment names: the
 * import `./node` can.
 *
 * @module
 */

import {
  type FetchExtension,
  type Pem,
  refusal,
  showProxy,
  type TransportInit,
} from "./transport.ts";

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

const SCHEMES = new Set(["http:", "https:"]);
/** Of what servers send, it asks for gzip and br, and takes the rest as it comes. */
const UNDECODED = ["deflate"];

const TLS_MEMBERS = new Set(["ca", "cert", "key"]);

/**
 * The extension for `init`; `undefined` on other runtimes.
 *
 * @throws {TypeError} If something is asked for that Deno's `fetch` cannot honour.
 */
export function denoExtension({ https = {}, proxy }: TransportInit): FetchExtension | undefined {
  const { createHttpClient } = (globalThis as { Deno?: DenoGlobal }).Deno ?? {};
  if (createHttpClient === undefined) return undefined;
  for (const member of Object.keys(https)) {
    if (!TLS_MEMBERS.has(member)) throw refusal(`https.${member}`, "Deno's fetch");
  }
  if (proxy === false) throw refusal("proxy: false", "Deno's fetch, which obeys the environment,");
  if (proxy instanceof URL && !SCHEMES.has(proxy.protocol)) {
    throw refusal("a SOCKS proxy", "Deno's fetch");
  }
  // Proxies of the environment Deno obeys by itself.
  if (!(proxy instanceof URL) && Object.keys(https).length === 0) {
    return { members: () => ({}), undecoded: UNDECODED };
  }

  const common = {
    ...(https.ca === undefined ? {} : { caCerts: pemTexts(https.ca) }),
    ...(proxy instanceof URL ? { proxy: proxyOptions(proxy) } : {}),
  };
  const identity = {
    ...(https.cert === undefined ? {} : { cert: pemTexts(https.cert).join("\n") }),
    ...(https.key === undefined ? {} : { key: pemTexts(https.key).join("\n") }),
  };
  const client = create({ ...common, ...identity });
  function create(options: ClientOptions): HttpClient {
    try {
      return createHttpClient!(options);
    } catch (error) {
      const why = error instanceof Error ? error.message : "";
      throw new TypeError(`Cannot construct EventSource: https cannot be used: ${why}`);
    }
  }
  /** Without the identity, for other origins; made when it is needed. */
  let stranger: HttpClient | undefined;
  return {
    undecoded: UNDECODED,
    via: proxy instanceof URL ? showProxy(proxy) : undefined,
    members(sameOrigin) {
      return { client: sameOrigin ? client : stranger ??= create(common) };
    },
    close(): void {
      client.close();
      stranger?.close();
    },
  };
}

function pemTexts(pem: Pem): string[] {
  const parts = typeof pem === "string" || pem instanceof Uint8Array ? [pem] : pem;
  return parts.map((part) => typeof part === "string" ? part : new TextDecoder().decode(part));
}

function proxyOptions(proxy: URL): ProxyOptions {
  const url = showProxy(proxy);
  if (proxy.username === "" && proxy.password === "") return { url };
  const username = decodeURIComponent(proxy.username);
  return { url, basicAuth: { username, password: decodeURIComponent(proxy.password) } };
}
