/**
 * Requests through the runtime's own `fetch`, with its extra options, or through the user's.
 *
 * @module
 */

import { bunFetch, isBun } from "./bun.ts";
import { denoFetch, isDeno } from "./deno.ts";
import { fetchTransport } from "./fetch.ts";
import type { Transport, TransportInit } from "./transport.ts";
import { userFetchTransport } from "./user_fetch.ts";
import { workersTransport } from "./workers.ts";

/**
 * Makes the transport for `init`.
 *
 * @throws {TypeError} If this runtime cannot honour `https` or `proxy`.
 */
export function defaultTransport(init: TransportInit): Transport {
  if (init.fetch !== undefined) return userFetchTransport(init, init.fetch);
  const ownFetch = isDeno() ? denoFetch : isBun() ? bunFetch : undefined;
  if (ownFetch === undefined) return workersTransport(init);
  const own = ownFetch(init);
  const { decode, proxy } = own;
  const transport = fetchTransport(
    { ...init, https: undefined, proxy: undefined },
    // A runtime's own fetch is no page's, unless tests have put one in its place. Not asked for:
    // Deno's first `Request` takes a tenth of the time to the first event.
    "document" in globalThis ? undefined : false,
  );
  const via = proxy && ` (through the proxy ${proxy})`;
  return {
    ...transport,
    close: () => own.close?.(),
    send: (url, request) =>
      // Not async: the runtime would compile one more function before the first event.
      transport.send(url, request, (url, init) => own.fetch(url, init, request.sameOrigin))
        .then((response) =>
          decode(
            via ? { ...response, sender: response.sender + via } : response,
            request,
          )
        ),
  };
}
