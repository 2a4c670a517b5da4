/**
 * The URL argument: its base, and the user information in it.
 *
 * @module
 */

import { isObject, kindOf, parsedUrl } from "../check.ts";
import { quote, showUrlText } from "../shown.ts";

/**
 * Parses the argument of the constructor, relative to the document or the location where the
 * runtime has one.
 *
 * @throws {DOMException} "SyntaxError", if it is no URL.
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource}
 */
export function parseUrl(input: string): URL {
  const { document, location, Node } = globalThis as {
    document?: { baseURI?: unknown };
    location?: { href?: string };
    Node?: { prototype: object };
  };
  let base = document?.baseURI ?? location?.href;
  // An element of that name hides it: <img name=baseURI>.
  if (isObject(base) && Node) base = Reflect.get(Node.prototype, "baseURI", document);
  const url = parsedUrl(input, base as string | undefined);
  if (url !== undefined) return url;
  const isRelative = base === undefined && !input.includes("://");
  const hint = isRelative ? " (it must be absolute)" : "";
  throw new DOMException(
    `Cannot construct EventSource: invalid URL ${quote(showUrlText(input))}${hint}`,
    "SyntaxError",
  );
}

/**
 * The URL that the user's function has returned, relative to that of the source.
 *
 * @throws {TypeError} If it is none.
 */
export function resolveUrl(returned: unknown, base: URL): URL {
  const isUrl = typeof returned === "string" || returned instanceof URL;
  const url = isUrl ? parsedUrl(`${returned}`, base) : undefined;
  if (url !== undefined) return url;
  const got = typeof returned === "string" ? quote(showUrlText(returned)) : kindOf(returned);
  throw new TypeError(`it must be a URL, got ${got}`);
}

/** A URL without user information, and that information as an `Authorization` header's value. */
export function splitUserinfo(url: URL): { url: URL; authorization: string | undefined } {
  if (url.username === "" && url.password === "") return { url, authorization: undefined };
  const bare = new URL(url);
  bare.username = bare.password = "";
  const credentials = `${percentDecode(url.username)}:${percentDecode(url.password)}`;
  return { url: bare, authorization: `Basic ${btoa(credentials)}` };
}

/** To bytes, as a string of code units up to 255: a serialised URL holds nothing beyond ASCII. */
function percentDecode(text: string): string {
  return text.replace(
    /%([0-9a-f]{2})/gi,
    (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
