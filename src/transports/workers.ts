/**
 * Requests through a `fetch` without options of its own, as on Workers, or through the user's.
 * workerd's sends no `User-Agent`, and does not decode x-gzip.
 *
 * @module
 */

import { checkCoding, withBody } from "./content_encoding.ts";
import { customTransport } from "./custom.ts";
import { fetchTransport } from "./fetch.ts";
import {
  type Transport,
  type TransportInit,
  type TransportResponse,
  USER_AGENT,
} from "./transport.ts";

/**
 * Makes the transport for `init`.
 *
 * @throws {TypeError} If `https` or `proxy` are given.
 */
export function workersTransport(init: TransportInit): Transport {
  const { fetch } = init;
  const transport = fetch === undefined
    // Workers have no proxy that `false` would go past.
    ? fetchTransport(init.proxy === false && isWorkers() ? { ...init, proxy: undefined } : init)
    : customTransport({ ...init, fetch });
  return !isWorkers() ? transport : {
    ...transport,
    async send(url, request) {
      const headers = new Headers(request.headers);
      if (!headers.has("user-agent")) headers.set("User-Agent", USER_AGENT);
      try {
        const response = await transport.send(url, { ...request, headers });
        return fetch === undefined ? decode(response) : response;
      } catch (thrown) {
        const { message } = Object(thrown);
        // The user's fetch asked for Cloudflare's cache. Nothing but workerd's message tells, and that
        // names a header that nobody has set.
        throw /cache: no-store/.test(message)
          ? new TypeError(`${message} (leave \`cache\` out of init)`, { cause: thrown })
          : thrown;
      }
    },
  };
}

function decode(response: TransportResponse): TransportResponse {
  const coding = checkCoding(response, ["gzip", "x-gzip", "br"]);
  return coding === "x-gzip" && response.body !== null
    ? withBody(response, response.body.pipeThrough(gunzip()))
    : response;
}

function gunzip(): ReadableWritablePair<Uint8Array, Uint8Array> {
  // Its declared type takes any buffer; a body holds Uint8Arrays only.
  return new DecompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>;
}

/** workerd names itself here, and no request tells what its fetch decodes. */
function isWorkers(): boolean {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  return navigator?.userAgent === "Cloudflare-Workers";
}
