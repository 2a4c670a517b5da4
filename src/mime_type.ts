/**
 * Whether a response is an event stream.
 *
 * @module
 */

/** Parts between commas; a comma in a quoted string does not part them. */
const PART = /(?:"(?:[^"\\]|\\.)*"?|[^",])+/g;
const ESSENCE =
  /^[\t\n\r ]*([!#$%&'*+\-.^_`|~0-9a-z]+\/[!#$%&'*+\-.^_`|~0-9a-z]+)[\t\n\r ]*(?:;|$)/i;

/**
 * Extracts the essence (type and subtype, in lower case) of a `Content-Type` header's value; of
 * several, the last that is valid.
 *
 * @see {@link https://fetch.spec.whatwg.org/#concept-header-extract-mime-type}
 */
export function mimeEssence(contentType: string): string | undefined {
  let essence: string | undefined;
  for (const part of contentType.match(PART) ?? []) {
    const found = ESSENCE.exec(part)?.[1]?.toLowerCase();
    if (found !== undefined && found !== "*/*") essence = found;
  }
  return essence;
}
