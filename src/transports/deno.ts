/**
 * Deno's `fetch`, which takes CAs, a client certificate and a proxy through an HttpClient. Each
 * request gets a connection of its own. Left to itself, Deno
 *
 * - repeats any request, even a POST, when a kept connection closes without an answer;
 * - puts all requests to an origin into one HTTP/2 connection, even if its path is dead, and lets
 *   those beyond the server's limit wait in silence.
 *
 * It cannot leave a certificate unverified or bypass a proxy that the environment names, and it would
 * send the credentials for an `http:` proxy to an `https:` target, too. All of that is refused here;
 * `./node` has none of these limits.
 *
 * @module
 */

import { bare, misuse } from "../check.ts";
import { showOrigin } from "../shown.ts";
import { checkCoding } from "./content_encoding.ts";
import { decode } from "./deno_decoding.ts";
import type { RuntimeFetch } from "./fetch.ts";
import { permitted } from "./permission.ts";
import {
  checkWay,
  DENO_FETCH,
  type DenoEnvironment,
  type KnownEnvironment,
  knownEnvironment,
  wholeEnvironment,
} from "./deno_proxy.ts";
import { environmentProxy, parseHttpProxy, proxyAuthorization, throughProxy } from "./proxy.ts";
import { parseHttps } from "./tls.ts";
import {
  type FetchLikeInit,
  type HttpsOptions,
  refusal,
  type TransportInit,
  type TransportRequest,
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

interface DenoGlobal extends DenoEnvironment {
  createHttpClient?(options: ClientOptions): HttpClient;
}

const globals = globalThis as { readonly Deno?: DenoGlobal };

/** A client, with the environment that Deno has read for it: it reads that once for each. */
interface Client {
  readonly http: HttpClient;
  readonly environment: KnownEnvironment;
}

/** The content encodings that are decoded; the third always by the library. */
const DECODES: readonly string[] = ["gzip", "br", "x-gzip"];

const TLS_MEMBERS = new Set(["ca", "cert", "key"]);

const OWN_CONNECTION: ClientOptions = { http2: false, poolMaxIdlePerHost: 0 };

/** What precedes the reason in Deno's errors: which request failed, which messages of ours say. */
const PREAMBLE = /^error sending request .*?: client error \(\w+\): /s;

/** The client that sources without such options share, and how many have made a request. */
let shared: Client | undefined;
let sharers = 0;

/** Clients for the requests of one source. */
interface Clients {
  get(proxy: URL | undefined, sameOrigin: boolean): Client;
  close(): void;
}

/** Whether this is Deno. */
export function isDeno(): boolean {
  return globals.Deno?.createHttpClient !== undefined;
}

/**
 * Deno's fetch for `init`.
 *
 * @throws {TypeError} If it cannot honour an option.
 */
export function denoFetch(init: TransportInit): RuntimeFetch {
  const Deno = globals.Deno!;
  const https = init.https === undefined ? bare<HttpsOptions>({}) : parseHttps(init.https);
  const members = Object.keys(https);
  const wrong = members.find((member) => !TLS_MEMBERS.has(member));
  if (wrong !== undefined) throw refusal(`https.${wrong}`, DENO_FETCH);
  const proxy = init.proxy === undefined ? undefined : parseHttpProxy(init.proxy, DENO_FETCH);
  const { ca, cert, key } = https;
  const common: ClientOptions = ca === undefined ? {} : { caCerts: pemTexts(ca) };
  const identity: ClientOptions = cert === undefined || key === undefined
    ? {}
    : { cert: pemTexts(cert).join("\n"), key: pemTexts(key).join("\n") };
  const create = (options: ClientOptions): Client => ({
    environment: knownEnvironment(Deno),
    http: Deno.createHttpClient!(bare(OWN_CONNECTION, options)),
  });
  try {
    // What is wrong with a certificate is said at once.
    if (members.length > 0) create({ ...common, ...identity }).http.close();
  } catch (error) {
    throw misuse(`https cannot be used: ${error instanceof Error ? error.message : ""}`);
  }
  const isPlain = init.proxy === undefined && members.length === 0;
  const clients = isPlain ? sharedClient(create) : ownClients(create, common, identity);
  return {
    decode: decodeOwn,
    proxy: proxy ? showOrigin(proxy) : undefined,
    fetch(url, request, sameOrigin) {
      return permitted(url, () => {
        const whole = () => wholeEnvironment(Deno);
        // It takes the permission as well: without, nobody could tell.
        if (proxy === false) whole();
        const via = init.proxy === "env" ? environmentProxy(url, whole(), DENO_FETCH) : proxy;
        const { http: client, environment } = clients.get(via || undefined, sameOrigin);
        checkWay(url, via, environment);
        const full = bare(via ? withAuthorization(request, url, via) : request, { client });
        return throughProxy(via, url, fetch(url, full).catch(throwReason));
      });
    },
    close: () => clients.close(),
  };
}

function sharedClient(create: (options: ClientOptions) => Client): Clients {
  let isSharing = false;
  return {
    get(): Client {
      if (!isSharing) sharers++;
      isSharing = true;
      return shared ??= create({});
    },
    close(): void {
      if (!isSharing || --sharers > 0) return;
      shared?.http.close();
      shared = undefined;
    },
  };
}

function ownClients(
  create: (options: ClientOptions) => Client,
  common: ClientOptions,
  identity: ClientOptions,
): Clients {
  /** One for each proxy, and others without the identity for other origins. */
  const clients = new Map<string, Client>();
  return {
    get(proxy, sameOrigin): Client {
      const name = `${sameOrigin} ${proxy?.href}`;
      const client = clients.get(name) ?? create({
        ...common,
        ...(sameOrigin ? identity : {}),
        ...(proxy === undefined ? {} : { proxy: proxyOptions(proxy) }),
      });
      clients.set(name, client);
      return client;
    },
    close(): void {
      for (const { http } of clients.values()) http.close();
    },
  };
}

function pemTexts(pem: NonNullable<HttpsOptions["ca"]>): string[] {
  const parts = typeof pem === "string" || pem instanceof Uint8Array ? [pem] : pem;
  return parts.map((part) => typeof part === "string" ? part : new TextDecoder().decode(part));
}

/**
 * Adds the credentials for an `https:` proxy that forwards the request, because Deno does not send
 * them.
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
 * Decodes what Deno leaves encoded: from 2.9 on, every response to a request that asks for "identity"
 * alone. Earlier versions decode gzip and br anyway, and remove the header.
 */
function decodeOwn(
  response: TransportResponse,
  { headers }: TransportRequest,
): TransportResponse {
  const coding = checkCoding(response, DECODES);
  const accepted = headers.get("accept-encoding")?.trim().toLowerCase();
  return coding === "" || coding !== "x-gzip" && accepted !== "identity"
    ? response
    : decode(response, coding);
}

/** Throws the reason alone, where Deno says which request failed; Deno 2.4 says the reason twice. */
function throwReason(thrown: Error): never {
  const { message } = thrown.cause instanceof Error ? thrown.cause : thrown;
  throw PREAMBLE.test(message)
    ? new TypeError(message.replace(PREAMBLE, "").replace(/(^|: )(.+): \2$/s, "$1$2"))
    : thrown;
}
