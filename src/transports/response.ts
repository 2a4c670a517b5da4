/**
 * `Response` objects for bodies that this library makes.
 *
 * @module
 */

import { createResponse, type TransportResponse } from "./transport.ts";

/** A `Response` with this head and body, which may have been read in part. */
export function responseWith(
  head: Pick<TransportResponse, "status" | "headers" | "url">,
  body: ReadableStream<Uint8Array> | null,
): Response {
  if (!body?.locked) return createResponse(head, body);
  // A Response takes no stream that is being read: another stands for it.
  const response = createResponse(head, new ReadableStream<Uint8Array>());
  // Its reader fails, as with Fetch, instead of finding it empty.
  response.body?.getReader();
  return response;
}
