/**
 * Requests through a `fetch` of the user's, on any runtime but a page.
 *
 * @module
 */

import { decodeForUser } from "./deno_decoding.ts";
import type { Transport, TransportInit } from "./transport.ts";
import { workersTransport } from "./workers.ts";

/**
 * Makes the transport for `init`, which has a `fetch`.
 *
 * @throws {TypeError} If `https` or `proxy` are given as well.
 */
export function userFetchTransport(init: TransportInit): Transport {
  const transport = workersTransport(init);
  return {
    ...transport,
    send: async (url, request) => decodeForUser(await transport.send(url, request)),
  };
}
