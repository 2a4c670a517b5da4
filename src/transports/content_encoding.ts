/**
 * Reads `Content-Encoding`, and makes the error for one that is not decoded.
 *
 * @module
 */

import { EventSourceError } from "../errors.ts";
import { quote } from "../shown.ts";
import { responseWith } from "./response.ts";
import { discard, type TransportResponse } from "./transport.ts";

/**
 * The content codings that exist. Some servers send words that encode nothing, such as "utf-8".
 */
const CODINGS = [
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
];

/**
 * The codings that a header's value names, in the order in which they were applied.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-8.4}
 */
export function codingsOf(contentEncoding: string): string[] {
  return contentEncoding.toLowerCase().split(",").map((coding) => coding.trim())
    .filter((coding) => CODINGS.includes(coding));
}

/** The same response with its body decoded. */
export function withBody(
  response: TransportResponse,
  body: ReadableStream<Uint8Array>,
): TransportResponse {
  return { ...response, body, toResponse: () => responseWith(response, body) };
}

/**
 * Refuses a response whose body would stay encoded. With a status other than 200, the status counts
 * instead.
 *
 * @throws {EventSourceError}
 */
export function checkDecoded(response: TransportResponse, isDecoded: boolean): TransportResponse {
  const { status, headers, sender, body } = response;
  if (isDecoded || status !== 200) return response;
  discard(body);
  const encoding = quote(headers.get("content-encoding") ?? "");
  throw new EventSourceError(
    "unsupported",
    `${sender} answered with content encoding ${encoding}, which is not decoded here`,
    { status },
  );
}

/**
 * The coding of a response's body, in lower case; empty if there is none.
 *
 * @throws {EventSourceError} If it is not decoded here.
 */
export function checkCoding(response: TransportResponse, decoded: readonly string[]): string {
  const encoding = response.headers.get("content-encoding")?.toLowerCase() ?? "";
  if (encoding === "" || decoded.includes(encoding)) return encoding;
  checkDecoded(response, codingsOf(encoding).length === 0);
  return "";
}
