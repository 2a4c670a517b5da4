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
