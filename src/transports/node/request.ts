/**
 * Requests through node:http and node:https, for Node.js, and for Deno and Bun by their versions of
 * these.
 *
 * Unlike `fetch`, they take all TLS options, proxies and any header, and set no time limit on silence.
 * They do not follow redirects or decode bodies: this library does.
 *
 * @module
 */

// As an object, not as a namespace: see builtin.ts.
import http from "node:http";
import type { Socket } from "node:net";
import process from "node:process";
import { bare, misuse } from "../../check.ts";
import { showOrigin, showUrl } from "../../shown.ts";
import { checkDecoded } from "../content_encoding.ts";
import { fromFetch } from "../fetch.ts";
import { cannotSendFor } from "../permission.ts";
import {
  parseProxy,
  type Proxy,
  proxyAuthorization,
  proxyFor,
  proxyRefusal,
  requestFailure,
} from "../proxy.ts";
import type { Environment } from "../proxy_environment.ts";
import { responseWith } from "../response.ts";
import { aboutConnection, noConnection, parseHttps, withoutIdentity } from "../tls.ts";
import {
  cannotSend,
  checkScheme,
  type HttpsOptions,
  type Transport,
  type TransportInit,
  type TransportRequest,
  type TransportResponse,
  USER_AGENT,
} from "../transport.ts";
import { type Connector, ownAgent, userConnector } from "./agent.ts";
import { builtin } from "./builtin.ts";
import { decodersFor, encodeBody, send, toStream } from "./body.ts";
import { openTunnel, proxyAddress, resolvesHere } from "./proxy.ts";
import { responseHeaders } from "./response.ts";
import { checkTlsOptions } from "./tls.ts";

/** The size limit for a response's headers: tokens and policies outgrow the default of 16 KiB. */
const MAX_HEADER_SIZE = 256 * 1024;

/** The statuses of responses that have no body. */
const BODILESS = new Set([204, 205, 304]);

/** Milliseconds of silence before TCP keep-alive probes the connection. */
const KEEP_ALIVE_AFTER = 60_000;

/** Makes the transport for `init`. */
export function nodeTransport(init: TransportInit): Transport {
  // Deno's node:tls shows no certificate if the key has a passphrase of its own.
  const given = checkTlsOptions(parseHttps(init.https, !("deno" in process.versions)));
  const chosen = parseProxy(init.proxy);
  const connectorFor = userConnector(init, given.agent);
  const problem = chosen instanceof URL ? lookupProblem(given, chosen) : undefined;
  if (problem !== undefined) throw misuse(problem);
  return {
    isBrowser: false,
    async send(url, request) {
      checkScheme(url);
      if (url.startsWith("data:")) {
        return fromFetch(await fetch(url, { signal: request.signal }), url);
      }
      const target = new URL(url);
      const { agent: _, ...options } = request.sameOrigin ? given : withoutIdentity(given);
      const connector = connectorFor?.(target, request.sameOrigin);
      let proxy: URL | undefined;
      try {
        if (connectorFor === undefined) proxy = proxyFor(target, ...proxyRule(chosen));
        const response = await exchange(target, request, options, proxy, connector);
        const encoding = response.headers.get("content-encoding") ?? "";
        return checkDecoded(response, decodersFor(encoding) !== undefined);
      } catch (thrown) {
        const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
        if (WRONG_ENTRY.test(code)) throw cannotSend(url, wrongEntry(thrown as Error));
        // An Agent for http: and a URL with https:, or the reverse: a retry would fail, too.
        if (code === "ERR_INVALID_PROTOCOL") throw cannotSendFor(url, thrown);
        const peer = proxy !== undefined && forwards(proxy, target) ? "the proxy" : "the server";
        throw requestFailure(url, proxy, thrown, peer);
      }
    },
  };
}

/** A runtime's error for a missing part of node:http: a retry would fail, too. */
const WRONG_ENTRY = /^ERR_(OPTION|METHOD)_NOT_IMPLEMENTED$/;

/** The same with advice: the program was bundled for Node.js and runs on Workers. */
function wrongEntry({ message }: Error): string {
  return `${message} (this is the entry for Node.js: for Workers, bundle "@x/eventsource" with ` +
    'the condition "workerd")';
}

/**
 * Which proxy to use, and by which environment. Without the option, do as Node.js's own requests: they
 * obey the environment if Node.js was told to (`NODE_USE_ENV_PROXY`), at its start or since. Its global
 * agent then holds the environment, of which it reads fewer variables than "env" does.
 */
function proxyRule(
  chosen: Proxy | undefined,
): [proxy: Proxy | undefined, environment: Environment] {
  const { options } = http.globalAgent as {
    readonly options?: { readonly proxyEnv?: typeof process.env };
  };
  const proxyEnv = options?.proxyEnv;
  return chosen === undefined && proxyEnv !== undefined
    ? ["env", (name) => /^all_proxy$/i.test(name) ? undefined : proxyEnv[name]]
    : [chosen, (name) => process.env[name]];
}

/** Why a user's `lookup`, which may refuse addresses, would not be called. */
function lookupProblem({ lookup }: HttpsOptions, proxy: URL): string | undefined {
  if (lookup === undefined || resolvesHere(proxy)) return undefined;
  return `https.lookup is not called if a proxy resolves names, as ${showOrigin(proxy)} does; ` +
    "a socks5: proxy does not";
}

/** Whether the request itself goes to the proxy, instead of through a tunnel. */
function forwards(proxy: URL, target: URL): boolean {
  return target.protocol === "http:" && proxy.protocol.startsWith("http");
}

/** How a request reaches its server. */
interface Route {
  /** The server that gets the request: the target, or a proxy that forwards it. */
  readonly to: URL;
  readonly options: Connector & { readonly path?: string; readonly socket?: Socket };
}

async function routeThrough(
  proxy: URL,
  target: URL,
  options: HttpsOptions,
  signal: AbortSignal,
): Promise<Route> {
  const problem = lookupProblem(options, proxy);
  if (problem !== undefined) throw cannotSend(target.href, problem);
  if (forwards(proxy, target)) {
    const path = target.origin + target.pathname + target.search;
    return { to: proxyAddress(proxy), options: { agent: ownAgent(proxy, {}), path } };
  }
  const { lookup, ...connection } = aboutConnection(options);
  const socket = await openTunnel(target, proxy, { connection, lookup, signal }).catch(
    (thrown: unknown) => {
      throw requestFailure(target.href, proxy, thrown, "the proxy");
    },
  );
  if (signal.aborted) socket.destroy();
  // An agent of node:https speaks TLS over an existing socket.
  return target.protocol === "https:"
    ? { to: target, options: { agent: ownAgent(target, options), socket } }
    : { to: target, options: { createConnection: () => socket } };
}

/** Sends one request, and waits for the head of its response. */
async function exchange(
  url: URL,
  { method, headers, body, signal }: TransportRequest,
  tlsOptions: HttpsOptions,
  proxy: URL | undefined,
  connector: Connector | undefined,
): Promise<TransportResponse> {
  const fields: Record<string, string> = Object.fromEntries(headers);
  fields["user-agent"] ??= USER_AGENT;
  const content = await encodeBody(body, fields);
  const { to, options }: Route = proxy === undefined
    ? { to: url, options: connector ?? { agent: ownAgent(url, tlsOptions) } }
    : await routeThrough(proxy, url, tlsOptions, signal);
  if (proxy !== undefined && to !== url) {
    // A proxy goes by the request's URL.
    fields["host"] = url.host;
    const authorization = proxyAuthorization(proxy);
    if (authorization !== undefined) fields["proxy-authorization"] = authorization;
  }
  if (signal.aborted && content instanceof ReadableStream) await content.cancel();
  signal.throwIfAborted();
  return await new Promise<TransportResponse>((resolve, reject) => {
    // node:tls checks the TLS options.
    const all: http.RequestOptions = bare(
      noConnection(),
      { maxHeaderSize: MAX_HEADER_SIZE },
      url.protocol === "https:" ? tlsOptions : aboutConnection(tlsOptions),
      options,
      { method, headers: fields },
    );
    const request = (to.protocol === "https:" ? builtin("node:https") : http).request(to, all);
    // Without an error, for which an agent would forget the TLS session.
    const abort = (): void => void request.destroy();
    signal.addEventListener("abort", abort);
    request.on("close", () => {
      signal.removeEventListener("abort", abort);
      // Node.js destroys some requests (status 101) without an error.
      reject(new Error("the connection closed without a response"));
    });
    request.on("upgrade", (_response, socket) => socket.destroy());
    request.on("error", reject);
    // A vanished peer looks like a silent one.
    request.on("socket", (socket) => socket.setKeepAlive?.(true, KEEP_ALIVE_AFTER));
    request.on("response", (response) => {
      const status = response.statusCode ?? 0;
      if (proxy !== undefined && to !== url && status === 407) {
        response.destroy();
        return reject(proxyRefusal(url.href, proxy, status));
      }
      const decoders = decodersFor(response.headers["content-encoding"] ?? "");
      const isBodiless = BODILESS.has(status) || method === "HEAD";
      if (isBodiless) response.resume();
      const headers = responseHeaders(response.rawHeaders);
      const body = isBodiless ? null : toStream(response, request, decoders ?? []);
      const head = { status, headers, url: url.href };
      resolve({
        ...head,
        redirected: false,
        sender: showUrl(url) +
          (proxy === undefined ? "" : ` (through the proxy ${showOrigin(proxy)})`),
        body,
        toResponse: () => responseWith(head, body),
      });
    });
    if (content === undefined || typeof content === "string" || content instanceof Uint8Array) {
      request.end(content);
    } else {
      send(content, request).catch((error) => request.destroy(error));
    }
  }).catch((thrown) => {
    // If TLS fails in a tunnel, nothing else closes the tunnel.
    if (Object.hasOwn(options, "socket")) options.socket?.destroy();
    throw thrown;
  });
}
