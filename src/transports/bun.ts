/**
 * What Bun's `fetch` can besides: TLS options and a proxy, as members of its init.
 *
 * @module
 */

import {
  type FetchExtension,
  type HttpsOptions,
  refusal,
  showProxy,
  type TransportInit,
  withoutIdentity,
} from "./transport.ts";

const SCHEMES = new Set(["http:", "https:"]);

/**
 * The extension for `init`; `undefined` on other runtimes.
 *
 * @throws {TypeError} If something is asked for that Bun's `fetch` cannot honour.
 */
export function bunExtension({ https = {}, proxy }: TransportInit): FetchExtension | undefined {
  if (!("Bun" in globalThis)) return undefined;
  if (https["agent"] !== undefined) throw refusal("https.agent", "Bun's fetch");
  if (proxy instanceof URL && !SCHEMES.has(proxy.protocol)) {
    throw refusal("a SOCKS proxy", "Bun's fetch");
  }
  const direct = proxy === false ? { proxy: false } : {};
  const through = proxy instanceof URL ? { proxy: proxy.href } : direct;
  return {
    via: proxy instanceof URL ? showProxy(proxy) : undefined,
    members: (sameOrigin) => ({
      ...through,
      // Bun ends a response that is silent for minutes, unless it is told not to.
      timeout: false,
      ...(Object.keys(https).length > 0 ? { tls: tlsOptions(https, sameOrigin) } : {}),
    }),
  };
}

function tlsOptions(https: HttpsOptions, sameOrigin: boolean): object {
  const { servername, ...options } = sameOrigin ? https : withoutIdentity(https);
  return servername === undefined ? options : { ...options, serverName: servername };
}
