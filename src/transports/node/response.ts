/**
 * The headers of responses, from node:http to Fetch.
 *
 * @module
 */

/** The raw headers, name and value in turns. */
export function responseHeaders(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    try {
      headers.append(raw[index]!, raw[index + 1]!);
    } catch {
      // A header that Fetch does not allow is left out.
    }
  }
  return headers;
}
