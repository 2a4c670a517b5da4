/**
 * Requests through a `fetch` of the user's, on any runtime but a page.
 *
 * @module
 */

import { decodeForUser } from "./deno_decoding.ts";
import { permitted } from "./permission.ts";
import type { FetchLike, Transport, TransportInit } from "./transport.ts";
import { workersTransport } from "./workers.ts";

/**
 * Makes the transport for `init` with the user's `fetch`.
 *
 * @throws {TypeError} If `https` or `proxy` are given as well.
 */
export function userFetchTransport(init: TransportInit, fetch: FetchLike): Transport {
  const transport = workersTransport({
    ...init,
    fetch: (url, request) => permitted(url, () => fetch(url, request)),
  });
  return {
    ...transport,
    send: async (url, request) => decodeForUser(await transport.send(url, request)),
  };
}
