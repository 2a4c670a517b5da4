/**
 * Requests through the runtime's own `fetch`, with what it can besides, or through the user's.
 *
 * @module
 */

import { bunFetch } from "./bun.ts";
import { codingsOf } from "./content_encoding.ts";
import { denoFetch } from "./deno.ts";
import { fetchTransport } from "./fetch.ts";
import { quote, type Transport, type TransportInit } from "./transport.ts";

/**
 * Makes the transport for `init`.
 *
 * @throws {TypeError} If `https` or `proxy` ask for what this runtime cannot honour.
 */
export function defaultTransport(init: TransportInit): Transport {
  if (init.fetch !== undefined) return fetchTransport(init);
  const own = denoFetch(init) ?? bunFetch(init);
  const decodes = own?.decodes ?? (isWorkers() ? ["gzip", "br"] : undefined);
  const transport = fetchTransport(init, own);
  return decodes === undefined
    ? transport
    : { ...transport, cannotDecode: (headers) => cannotDecode(headers, decodes) };
}

/** What of a response would be handed over as it comes, for a message; `undefined` for nothing. */
function cannotDecode(headers: Headers, decodes: readonly string[]): string | undefined {
  const encoding = headers.get("content-encoding") ?? "";
  return decodes.includes(encoding.toLowerCase()) || codingsOf(encoding).length === 0
    ? undefined
    : `content encoding ${quote(encoding)}, which this runtime does not decode`;
}

/** workerd names itself here, and no request tells what its fetch decodes. */
function isWorkers(): boolean {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  return navigator?.userAgent === "Cloudflare-Workers";
}
