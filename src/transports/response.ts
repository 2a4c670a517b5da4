/**
 * Responses as Fetch has them, for bodies that this library makes.
 *
 * @module
 */

import { createResponse, type TransportResponse } from "./transport.ts";

/** A `Response` with this head and body, which others may have begun to read. */
export function responseWith(
  head: Pick<TransportResponse, "status" | "headers" | "url">,
  body: ReadableStream<Uint8Array> | null,
): Response {
  if (!body?.locked) return createResponse(head, body);
  // A stream that others read is none that a Response takes: another stands for it.
  const response = createResponse(head, new ReadableStream<Uint8Array>());
  // Its reader learns that it is gone, as from Fetch, and does not find it empty.
  response.body?.getReader();
  return response;
}
