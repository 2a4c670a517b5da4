/**
 * A user's `fetch`, off the browser: a redirect must not carry what it adds to a request, such as a
 * token, to another origin.
 *
 * @module
 */

import { EventSourceError } from "../errors.ts";
import { showOrigin, showUrl } from "../shown.ts";
import { fetchTransport } from "./fetch.ts";
import {
  ANONYMOUS_FIELDS,
  discard,
  type FetchLike,
  redirectTarget,
  type Transport,
  type TransportInit,
} from "./transport.ts";

/** Makes the transport for `init`, which has a `fetch`. */
export function customTransport(init: TransportInit & { readonly fetch: FetchLike }): Transport {
  return fetchTransport({ ...init, fetch: guarded(init.fetch) });
}

/**
 * The same function. If we have nothing to guard, it follows redirects by its own rules. Otherwise it
 * returns them: those within the origin are followed by hand, the others fail.
 */
function guarded(fetch: FetchLike): FetchLike {
  return async (url, init) => {
    const isGuarded = init.body !== undefined ||
      Object.keys(init.headers).some((name) => !ANONYMOUS_FIELDS.includes(name.toLowerCase()));
    if (!isGuarded) init.redirect = "follow";
    const response = await fetch(url, init);
    if (isGuarded) checkRedirect(response, url);
    return response;
  };
}

/** @throws {EventSourceError} If it redirects to another origin. */
function checkRedirect(response: Response, from: string): void {
  const to = redirectTarget(Object(response), from);
  // Other schemes are refused by the code that follows redirects.
  if (!to || to.origin === new URL(from).origin || !/^https?:$/.test(to.protocol)) return;
  const { status, body } = response;
  discard(body);
  throw new EventSourceError(
    "request",
    `${showUrl(new URL(from))} redirected to another origin, ${showOrigin(to)}: what fetch adds ` +
      "would go there too",
    { status },
  );
}
