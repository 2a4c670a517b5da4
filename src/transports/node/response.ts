/**
 * Heads of responses between node:http and Fetch.
 *
 * @module
 */

/** The header fields as they came, pairs one after the other. */
export function responseHeaders(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    try {
      headers.append(raw[index]!, raw[index + 1]!);
    } catch {
      // A field that Fetch does not allow is of no use to anybody here.
    }
  }
  return headers;
}

/** A `Response` with such a head and body. */
export function createResponse(
  status: number,
  headers: Headers,
  body: ReadableStream<Uint8Array> | null,
): Response {
  const isGone = body?.locked === true;
  // A stream that others read is none that a Response takes: another stands for it.
  const content = isGone ? new ReadableStream<Uint8Array>() : body;
  const response = status >= 200 && status <= 599
    ? new Response(content, { status, headers })
    // HTTP has room for others, which the constructor has not.
    : Object.defineProperty(new Response(content, { headers }), "status", { value: status });
  // Whoever reads it is to learn that it is gone, as from Fetch, and not to find it empty.
  if (isGone) response.body?.getReader();
  return response;
}
