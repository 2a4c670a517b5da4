/**
 * What Bun's `fetch` can besides: TLS options and a proxy, as members of its init.
 *
 * @module
 */

import { parseHttpProxy, showProxy, throughProxy } from "./proxy.ts";
import { parseHttps, withoutIdentity } from "./tls.ts";
import { type HttpsOptions, refusal, type RuntimeFetch, type TransportInit } from "./transport.ts";

const NAME = "Bun's fetch";

/**
 * Bun's fetch for `init`; `undefined` on other runtimes.
 *
 * @throws {TypeError} If something is asked for that it cannot honour.
 */
export function bunFetch(init: TransportInit): RuntimeFetch | undefined {
  if (!("Bun" in globalThis)) return undefined;
  const https = parseHttps(init.https);
  const proxy = parseHttpProxy(init.proxy, NAME);
  if (https["agent"] !== undefined) throw refusal("https.agent", NAME);
  const extension = {
    ...(proxy === undefined ? {} : { proxy: proxy && proxy.href }),
    // Bun ends a response that is silent for minutes, unless it is told not to.
    timeout: false,
  };
  const hasTls = Object.keys(https).length > 0;
  return {
    decodes: ["gzip", "x-gzip", "br", "deflate", "zstd"],
    via: proxy ? showProxy(proxy) : undefined,
    fetch(url, request, sameOrigin) {
      const tls = hasTls ? { tls: tlsOptions(https, sameOrigin) } : {};
      return throughProxy(proxy, fetch(url, { ...request, ...extension, ...tls }));
    },
  };
}

function tlsOptions(https: HttpsOptions, sameOrigin: boolean): object {
  const { servername, ...options } = sameOrigin ? https : withoutIdentity(https);
  return servername === undefined ? options : { ...options, serverName: servername };
}
