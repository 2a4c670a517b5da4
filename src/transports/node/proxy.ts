/**
 * Tunnels through proxies: by CONNECT over node:http, and by a library for SOCKS.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import http from "node:http";
import * as net from "node:net";
import { proxyAuthorization, proxyRefusal } from "../proxy.ts";
import { noConnection } from "../tls.ts";
import type { HttpsOptions } from "../transport.ts";
import { ownAgent } from "./agent.ts";
import { builtin } from "./builtin.ts";

/** The size limit for the headers of a proxy's answer to CONNECT, in bytes. */
const MAX_HEADER_SIZE = 64 * 1024;

/**
 * The most bytes of a user name, and of a password.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc1929#section-2}
 */
const MAX_CREDENTIAL = 255;

/** The options of a tunnel, for the requests of one source. */
export interface TunnelOptions {
  /** The user's options about connections, which apply to the one to the proxy. */
  readonly connection: Omit<HttpsOptions, "lookup">;
  /** Resolves names, in place of `dns.lookup`, for a proxy that takes addresses. */
  readonly lookup: HttpsOptions["lookup"];
  readonly signal: AbortSignal;
}

/** Whether a proxy takes addresses, not names, as this scheme is defined. */
export function resolvesHere({ protocol }: URL): boolean {
  return protocol === "socks5:";
}

/** Opens a connection to the host of `url`, through a proxy. */
export function openTunnel(url: URL, proxy: URL, options: TunnelOptions): Promise<net.Socket> {
  return proxy.protocol.startsWith("socks")
    ? tunnelBySocks(url, proxy, options)
    : tunnelByConnect(url, proxy, options);
}

/** @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6} */
function tunnelByConnect(url: URL, proxy: URL, options: TunnelOptions): Promise<net.Socket> {
  const { connection, signal } = options;
  const target = `${url.hostname}:${portOf(url)}`;
  const authorization = proxyAuthorization(proxy);
  return new Promise((resolve, reject) => {
    const client = proxy.protocol === "https:" ? builtin("node:https") : http;
    const request = client.request(proxyAddress(proxy), {
      __proto__: null,
      ...noConnection(),
      ...connection,
      agent: ownAgent(proxy, {}),
      headers: {
        Host: target,
        ...(authorization === undefined ? {} : { "Proxy-Authorization": authorization }),
      },
      maxHeaderSize: MAX_HEADER_SIZE,
      method: "CONNECT",
      path: target,
      signal,
    } as http.RequestOptions);
    request.on("error", reject);
    request.on("close", () => reject(new Error("it closed the connection without an answer")));
    const refuse = (status = 0): void => {
      request.destroy();
      reject(proxyRefusal(url.href, proxy, status));
    };
    // An ordinary response, from a proxy that treats CONNECT like any other method.
    request.on("response", ({ statusCode }) => refuse(statusCode));
    // Nothing of the server has come with it: a server that speaks TLS waits for the client.
    request.on("connect", ({ statusCode = 0 }, socket: net.Socket) => {
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy();
        return refuse(statusCode);
      }
      resolve(socket);
    });
    request.end();
  });
}

/** Not by socks-proxy-agent: a socket to a silent proxy would stay open there past `close()`. */
async function tunnelBySocks(
  { hostname, port, protocol }: URL,
  proxy: URL,
  { connection, lookup, signal }: TunnelOptions,
): Promise<net.Socket> {
  const { SocksClient } = await import("socks");
  const username = decodeURIComponent(proxy.username);
  const password = decodeURIComponent(proxy.password);
  // The library would throw while it reads, where nothing catches it.
  if ([username, password].some((text) => Buffer.byteLength(text) > MAX_CREDENTIAL)) {
    throw new Error(`its user name or password is longer than ${MAX_CREDENTIAL} bytes`);
  }
  const name = bareHost(hostname);
  const host = resolvesHere(proxy) ? await resolve(name, { ...connection, lookup }) : name;
  // node:net connects even if the signal is already aborted.
  signal.throwIfAborted();
  const at = { host: bareHost(proxy.hostname), port: Number(proxy.port || 1080) };
  const { socket } = await SocksClient.createConnection({
    proxy: {
      ...at,
      type: 5,
      ...(username === "" ? {} : { userId: username }),
      ...(password === "" ? {} : { password }),
    },
    command: "connect",
    destination: { host, port: Number(portOf({ port, protocol })) },
    existing_socket: await connected(
      net.connect({ __proto__: null, ...connection, ...at, signal } as net.TcpNetConnectOpts),
    ),
  });
  return socket;
}

async function connected(socket: net.Socket): Promise<net.Socket> {
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return socket;
}

/** The address of a name, resolved as node:net does. */
async function resolve(
  host: string,
  { lookup, family = 0, hints = 0 }: HttpsOptions,
): Promise<string> {
  if (net.isIP(host)) return host;
  const ask = lookup ?? builtin("node:dns").lookup as NonNullable<HttpsOptions["lookup"]>;
  return await new Promise((resolve, reject) => {
    ask(host, { family, hints, all: false }, (error, found) => {
      const address = typeof found === "string" ? found : found?.[0]?.address;
      if (error || address === undefined) reject(error ?? new Error(`${host} has no address`));
      else resolve(address);
    });
  });
}

/** A proxy's URL without credentials, which node:http would take for those of the target. */
export function proxyAddress(proxy: URL): URL {
  return new URL(`${proxy.protocol}//${proxy.host}`);
}

function portOf({ port, protocol }: Pick<URL, "port" | "protocol">): string {
  return port || (protocol === "https:" ? "443" : "80");
}

/** Without the brackets that URLs put around IPv6 addresses. */
function bareHost(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}
