/**
 * The URL argument: its base, and the user information in it.
 *
 * @module
 */

import { isObject, kindOf } from "../check.ts";
import { quote, showUrlText } from "../shown.ts";

/**
 * Parses the argument of the constructor, relative to the document or the location where the
 * runtime has one.
 *
 * @throws {DOMException} "SyntaxError", if it is no URL.
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource}
 */
export function parseUrl(input: string): URL {
  const { document, location, Text } = globalThis as {
    document?: { baseURI?: unknown };
    location?: { href?: string };
    Text?: new () => { baseURI: string };
  };
  let base = document?.baseURI ?? location?.href;
  // An element of that name hides it: <img name=baseURI>.
  if (isObject(base) && Text) base = new Text().baseURI;
  try {
    return new URL(input, base as string | undefined);
  } catch {
    const isRelative = base === undefined && !input.includes("://");
    const hint = isRelative ? " (it must be absolute)" : "";
    throw new DOMException(
      `Cannot construct EventSource: invalid URL ${quote(showUrlText(input))}${hint}`,
      "SyntaxError",
    );
  }
}

/**
 * The URL that the user's function has returned, relative to that of the source.
 *
 * @throws {TypeError} If it is none.
 */
export function resolveUrl(returned: unknown, base: URL): URL {
  const text = returned instanceof URL ? returned.href : returned;
  let got = kindOf(text);
  if (typeof text === "string") {
    try {
      return new URL(text, base);
    } catch {
      got = quote(showUrlText(text));
    }
  }
  throw new TypeError(`it must be a URL, got ${got}`);
}

/** A URL without user information, and that information as an `Authorization` header's value. */
export function splitUserinfo(given: URL): { url: URL; authorization?: string } {
  const url = new URL(given);
  const userinfo = `${url.username}:${url.password}`;
  if (userinfo === ":") return { url };
  url.username = url.password = "";
  // To bytes, as code units up to 255: a serialised URL holds nothing beyond ASCII.
  const credentials = userinfo.replace(
    /%[0-9a-f]{2}/gi,
    (escape) => String.fromCharCode(Number.parseInt(escape.slice(1), 16)),
  );
  return { url, authorization: `Basic ${btoa(credentials)}` };
}
