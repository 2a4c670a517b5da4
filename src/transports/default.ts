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
  return fetchTransport(init, denoFetch(init) ?? bunFetch(init));
}
