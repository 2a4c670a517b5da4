/**
 * Requests through the runtime's own `fetch`, with what it can besides, or through the user's.
 *
 * @module
 */

import { bunFetch } from "./bun.ts";
import { denoFetch } from "./deno.ts";
import { fetchTransport } from "./fetch.ts";
import type { Transport, TransportInit } from "./transport.ts";

/**
 * Makes the transport for `init`.
 *
 * @throws {TypeError} If `https` or `proxy` ask for what this runtime cannot honour.
 */
export function defaultTransport(init: TransportInit): Transport {
  if (init.fetch !== undefined) return fetchTransport(init);
  const deno = denoFetch(init);
  const transport = fetchTransport(init, deno ?? bunFetch(init));
  return deno !== undefined || isWorkers() ? { ...transport, cannotDecode } : transport;
}

/** What these two hand over as it comes. */
function cannotDecode(headers: Headers): string | undefined {
  const encoding = headers.get("content-encoding") ?? "";
  // By name: some servers put words there that encode nothing, such as "utf-8".
  return /^(deflate|zstd|x-gzip)$/i.test(encoding)
    ? `content encoding "${encoding}", which this runtime does not decode`
    : undefined;
}

/** workerd names itself here, and no request tells what its fetch decodes. */
function isWorkers(): boolean {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  return navigator?.userAgent === "Cloudflare-Workers";
}
