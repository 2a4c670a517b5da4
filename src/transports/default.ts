/**
 * Requests through the runtime's own `fetch`, with what it can besides, or through the user's.
 *
 * @module
 */

import { bunFetch } from "./bun.ts";
import { checkCoding, withBody } from "./content_encoding.ts";
import { customTransport } from "./custom.ts";
import { decodeForUser, denoFetch } from "./deno.ts";
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
 * @throws {TypeError} If `https` or `proxy` ask for what this runtime cannot honour.
 */
export function defaultTransport(init: TransportInit): Transport {
  const { fetch } = init;
  const isOwn = fetch === undefined;
  const own = isOwn ? denoFetch(init) ?? bunFetch(init) : undefined;
  const transport = isOwn ? fetchTransport(init, own) : customTransport({ ...init, fetch });
  if (isWorkers()) return workersTransport(transport, isOwn);
  const decode = isOwn ? own?.decode : decodeForUser;
  return decode === undefined ? transport : {
    ...transport,
    send: async (url, request) => decode(await transport.send(url, request), request.headers),
  };
}

/** workerd's `fetch` names nobody, and does not decode gzip by its other name. */
function workersTransport(transport: Transport, isOwn: boolean): Transport {
  return {
    ...transport,
    async send(url, request) {
      const headers = new Headers(request.headers);
      if (!headers.has("user-agent")) headers.set("User-Agent", USER_AGENT);
      const response = await transport.send(url, { ...request, headers });
      return isOwn ? decodeOnWorkers(response) : response;
    },
  };
}

function decodeOnWorkers(response: TransportResponse): TransportResponse {
  const coding = checkCoding(response, ["gzip", "x-gzip", "br"]);
  return coding === "x-gzip" && response.body !== null
    ? withBody(response, response.body.pipeThrough(gunzip()))
    : response;
}

function gunzip(): ReadableWritablePair<Uint8Array, Uint8Array> {
  // Its type takes buffers besides, which a body does not hold.
  return new DecompressionStream("gzip") as ReadableWritablePair<Uint8Array, Uint8Array>;
}

/** workerd names itself here, and no request tells what its fetch decodes. */
function isWorkers(): boolean {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  return navigator?.userAgent === "Cloudflare-Workers";
}
