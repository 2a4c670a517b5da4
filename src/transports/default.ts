/**
 * Requests through the runtime's own `fetch`, with its extra options, or through the user's.
 *
 * @module
 */

import { bunFetch } from "./bun.ts";
import { decodeForUser, denoFetch } from "./deno.ts";
import { fetchTransport } from "./fetch.ts";
import type { Transport, TransportInit } from "./transport.ts";
import { workersTransport } from "./workers.ts";

/**
 * Makes the transport for `init`.
 *
 * @throws {TypeError} If this runtime cannot honour `https` or `proxy`.
 */
export function defaultTransport(init: TransportInit): Transport {
  const own = init.fetch === undefined ? denoFetch(init) ?? bunFetch(init) : undefined;
  if (own === undefined) {
    const transport = workersTransport(init);
    return init.fetch === undefined ? transport : {
      ...transport,
      send: async (url, request) => decodeForUser(await transport.send(url, request)),
    };
  }
  const { decode, proxy } = own;
  const transport = fetchTransport({ ...init, https: undefined, proxy: undefined }, own.fetch);
  const via = proxy === undefined ? "" : ` (through the proxy ${proxy})`;
  return {
    ...transport,
    close: () => own.close?.(),
    async send(url, request) {
      const response = await transport.send(url, request);
      const answer = { ...response, sender: response.sender + via };
      return decode === undefined ? answer : decode(answer, request.headers);
    },
  };
}
