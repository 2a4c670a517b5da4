/**
 * Requests through a `fetch` of the user's, where node:http would honour every option.
 *
 * @module
 */

import { misuse } from "../../check.ts";
import type { FetchLike, Transport, TransportInit } from "../transport.ts";
import { userFetchTransport } from "../user_fetch.ts";

/**
 * Makes the transport for `init` with the user's `fetch`.
 *
 * @throws {TypeError} If an option is given that only node:http can honour.
 */
export function nodeUserFetchTransport(init: TransportInit, fetch: FetchLike): Transport {
  const { https, agent, createConnection, proxy } = init;
  const options = Object.entries({ agent, createConnection, proxy }).concat(
    Object.entries({ ...https }).map(([name, value]) => [`https.${name}`, value]),
  );
  const refused = options.find(([, value]) => value !== undefined);
  if (refused !== undefined) {
    throw misuse(`fetch cannot honour ${refused[0]}; node:http can (leave fetch out)`);
  }
  return userFetchTransport(init, fetch);
}
