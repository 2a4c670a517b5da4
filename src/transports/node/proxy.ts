/**
 * Proxies for node:http and node:https, by libraries that are loaded when there is a proxy.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import * as dns from "node:dns/promises";
import type * as http from "node:http";
import * as net from "node:net";
import process from "node:process";
import * as tls from "node:tls";
import type { Proxy } from "../proxy.ts";

const SCHEMES = new Set(["http:", "https:", "socks:", "socks4:", "socks5:", "socks5h:"]);

/**
 * The most bytes of a user name or a password.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc1929#section-2}
 */
const MAX_CREDENTIAL = 255;

/** A proxy for one request. */
export interface Via {
  readonly agent: http.Agent;
  readonly proxy: URL;
  /** Whether it is sent the request itself, where others make a tunnel. */
  readonly forwards: boolean;
}

/** Whether there is a way through a proxy with this URL. */
function isProxyUrl(url: string): boolean {
  return URL.canParse(url) && SCHEMES.has(new URL(url).protocol);
}

/**
 * The way to `url`; `undefined` if that is direct.
 *
 * @throws If the environment names a proxy that is none.
 */
export async function proxyFor(
  url: string,
  proxy: Proxy | undefined,
  signal: AbortSignal,
): Promise<Via | undefined> {
  if (proxy === undefined || proxy === false) return undefined;
  const found = proxy === "env" ? await proxyOfEnvironment(url) : proxy.href;
  if (found === "") return undefined;
  if (!isProxyUrl(found)) {
    throw new Error("the environment names a proxy that is no http:, https: or SOCKS URL");
  }
  const chosen = new URL(found);
  if (found.startsWith("socks")) {
    return { agent: await socksAgent(chosen, signal), proxy: chosen, forwards: false };
  }
  // The sockets to a proxy are the libraries' until there is a tunnel: the signal reaches them, by
  // an option of node:net's that the types of the libraries leave out.
  const options = { signal } as never;
  if (url.startsWith("https:")) {
    const { HttpsProxyAgent } = await import("https-proxy-agent");
    return { agent: new HttpsProxyAgent(found, options), proxy: chosen, forwards: false };
  }
  const { HttpProxyAgent } = await import("http-proxy-agent");
  const agent = new class extends HttpProxyAgent<string> {
    override async connect(
      ...given: Parameters<InstanceType<typeof HttpProxyAgent<string>>["connect"]>
    ): Promise<net.Socket> {
      // node:net connects in spite of a signal that is aborted already.
      signal.throwIfAborted();
      return await super.connect(...given);
    }
  }(found, options);
  return { agent, proxy: chosen, forwards: true };
}

/**
 * The proxy that the environment names; empty for none. One without a scheme is an http: proxy, as
 * it is for curl: the library gives it the scheme of the target.
 */
async function proxyOfEnvironment(url: string): Promise<string> {
  const { getProxyForUrl } = await import("proxy-from-env");
  const found = getProxyForUrl(url);
  const isBare = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    .some((name) => `https://${process.env[name]}` === found);
  return isBare ? found.replace("https", "http") : found;
}

/**
 * An agent for a SOCKS proxy. Not socks-proxy-agent's, made of the same two libraries: a socket to
 * a proxy that says nothing is out of reach there, and stays open past `close()`.
 */
async function socksAgent(proxy: URL, signal: AbortSignal): Promise<http.Agent> {
  const [{ Agent }, { SocksClient }] = await Promise.all([import("agent-base"), import("socks")]);
  const { protocol, hostname, port } = proxy;
  return new class extends Agent {
    override async connect(
      _request: http.ClientRequest,
      { secureEndpoint, host: target = "", port: targetPort, ...options }:
        & (http.RequestOptions & tls.ConnectionOptions)
        & { secureEndpoint: boolean },
    ): Promise<net.Socket> {
      const username = decodeURIComponent(proxy.username);
      const password = decodeURIComponent(proxy.password);
      // The library would find out while it reads, where nobody catches what it throws.
      if ([username, password].some((text) => Buffer.byteLength(text) > MAX_CREDENTIAL)) {
        throw new Error(`its user name or password is longer than ${MAX_CREDENTIAL} bytes`);
      }
      // By definition: with these schemes, names are resolved here, with the others by the proxy.
      const resolvesHere = protocol === "socks5:" || protocol === "socks4:";
      const host = resolvesHere ? (await dns.lookup(bareHost(target))).address : bareHost(target);
      // node:net connects in spite of a signal that is aborted already.
      signal.throwIfAborted();
      const direct = await connected(
        net.connect({ host: bareHost(hostname), port: Number(port || 1080), signal }),
      );
      const { socket } = await SocksClient.createConnection({
        proxy: {
          host: bareHost(hostname),
          port: Number(port || 1080),
          type: protocol === "socks4:" ? 4 : 5,
          ...(username === "" ? {} : { userId: username }),
          ...(password === "" ? {} : { password }),
        },
        command: "connect",
        destination: { host, port: Number(targetPort) },
        existing_socket: direct,
      });
      if (!secureEndpoint) return socket;
      const { path: _path, ...tlsOptions } = options;
      const servername = options.servername || (net.isIP(target) ? "" : target);
      return tls.connect({ ...tlsOptions, servername, socket });
    }
  }();
}

async function connected(socket: net.Socket): Promise<net.Socket> {
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return socket;
}

/** Without the brackets that URLs put around IPv6 addresses. */
function bareHost(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}
