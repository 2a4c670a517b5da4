/**
 * Requests through the runtime's own `fetch`, with what it can besides, or through the user's.
 *
 * @module
 */

import { BUN_DECODES, bunFetch } from "./bun.ts";
import { checkDecoded, codingsOf } from "./content_encoding.ts";
import { customTransport } from "./custom.ts";
import { DENO_DECODES, denoFetch } from "./deno.ts";
import { fetchTransport } from "./fetch.ts";
import type { Transport, TransportInit } from "./transport.ts";

/**
 * Makes the transport for `init`.
 *
 * @throws {TypeError} If `https` or `proxy` ask for what this runtime cannot honour.
 */
export function defaultTransport(init: TransportInit): Transport {
  const { fetch } = init;
  if (fetch !== undefined) return customTransport({ ...init, fetch });
  const deno = denoFetch(init);
  const bun = bunFetch(init);
  const transport = fetchTransport(init, deno ?? bun);
  if (deno !== undefined) return decoding(transport, DENO_DECODES);
  if (bun !== undefined) return decoding(transport, BUN_DECODES);
  return isWorkers() ? decoding(transport, ["gzip", "br"]) : transport;
}

/** The same transport, which refuses what the runtime would hand over undecoded. */
function decoding(transport: Transport, decodes: readonly string[]): Transport {
  return {
    ...transport,
    async send(url, request) {
      const response = await transport.send(url, request);
      const encoding = response.headers.get("content-encoding")?.toLowerCase() ?? "";
      return checkDecoded(
        response,
        decodes.includes(encoding) || codingsOf(encoding).length === 0,
      );
    },
  };
}

/** workerd names itself here, and no request tells what its fetch decodes. */
function isWorkers(): boolean {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  return navigator?.userAgent === "Cloudflare-Workers";
}
