/**
 * `Response` objects for bodies that this library makes.
 *
 * @module
 */

import { createResponse } from "./transport.ts";

/** A `Response` with this head and body, which may have been read in part. */
export function responseWith(
  status: number,
  headers: Headers,
  body: ReadableStream<Uint8Array> | null,
): Response {
  if (!body?.locked) return createResponse(status, headers, body);
  // A Response takes no stream that is being read: another stands for it.
  const response = createResponse(status, headers, new ReadableStream<Uint8Array>());
  // Its reader fails, as with Fetch, instead of finding it empty.
  response.body?.getReader();
  return response;
}
