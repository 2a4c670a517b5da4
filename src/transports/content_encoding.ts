/**
 * What a response's `Content-Encoding` names.
 *
 * @module
 */

/**
 * The content codings that there are. Some servers put words there that encode nothing: "utf-8".
 */
const CODINGS = new Set([
  "aes128gcm",
  "br",
  "compress",
  "dcb",
  "dcz",
  "deflate",
  "exi",
  "gzip",
  "pack200-gzip",
  "x-compress",
  "x-gzip",
  "zstd",
]);

/**
 * The codings that a header's value names, in the order in which they were applied.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-8.4}
 */
export function codingsOf(contentEncoding: string): string[] {
  return contentEncoding.toLowerCase().split(",").map((coding) => coding.trim())
    .filter((coding) => CODINGS.has(coding));
}
