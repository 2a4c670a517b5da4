/**
 * The URL argument: its base, and the user information in it.
 *
 * @module
 */

/**
 * Parses the argument of the constructor, relative to the document or the location where the
 * runtime has one.
 *
 * @throws {DOMException} "SyntaxError", if it is no URL.
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource}
 */
export function parseUrl(input: string): URL {
  const { document, location } = globalThis as {
    document?: { baseURI?: string };
    location?: { href?: string };
  };
  const base = document?.baseURI ?? location?.href;
  const url = urlOf(input, base);
  if (url !== undefined) return url;
  const isRelative = base === undefined && !input.includes("://");
  const hint = isRelative ? " (there is no base URL here: it must be absolute)" : "";
  throw new DOMException(
    `Cannot construct EventSource: invalid URL ${JSON.stringify(showUrlText(input))}${hint}`,
    "SyntaxError",
  );
}

/** Parses text; `undefined` if it is no URL. As `URL.parse`, which older browsers lack. */
export function urlOf(text: string, base?: string | URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

/** A URL without user information, and that information as an `Authorization` header's value. */
export function splitUserinfo(url: URL): { url: URL; authorization: string | undefined } {
  if (url.username === "" && url.password === "") return { url, authorization: undefined };
  const bare = new URL(url);
  bare.username = bare.password = "";
  const credentials = `${percentDecode(url.username)}:${percentDecode(url.password)}`;
  return { url: bare, authorization: `Basic ${btoa(credentials)}` };
}

/** How much of a path messages show, in code units: a redirect may lead to one of any length. */
const MOST_OF_PATH = 200;

/** A URL as messages show it: without user information, query and fragment, where secrets stand. */
export function showUrl({ protocol, host, pathname }: URL): string {
  if (host === "") return `${protocol}...`;
  const path = pathname.length > MOST_OF_PATH ? `${pathname.slice(0, MOST_OF_PATH)}...` : pathname;
  return `${protocol}//${host}${path}`;
}

/** The same for text that is to be a URL: whatever precedes an at sign may be a password. */
export function showUrlText(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.\-]*:\/\/)?.*@/is, "$1").replace(/[?#].*$/s, "");
}

/** To bytes, as a string of code units up to 255: a serialised URL holds nothing beyond ASCII. */
function percentDecode(text: string): string {
  return text.replace(
    /%([0-9a-f]{2})/gi,
    (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
