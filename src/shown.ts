/**
 * Text of others in our messages: cut and escaped, so that a server can neither flood a log nor
 * command a terminal, and without the parts of a URL that may be secret.
 *
 * @module
 */

/** The most that is shown of each part, in code units. */
const MOST_OF_SCHEME = 20;
const MOST_OF_ORIGIN = 100;
const MOST_OF_PATH = 200;
const MOST_OF_VALUE = 80;
const MOST_OF_ERROR = 1000;

/** The most causes of an error that are looked at: it may be its own. */
const MAX_CAUSES = 4;

/** The URLs that runtimes repeat in their errors. Servers choose them too, by redirects. */
const REPEATED_URL = /\bhttps?:\/\/[^\s"<>]*[^\s"<>).,:;]/gi;

/** The user information of a serialised URL. */
const USERINFO = /^([^:]+:\/\/)[^/?#]*@/;

/**
 * Text with escapes for the characters that move a cursor, end a line, or turn the direction of text
 * around; not for the tab.
 */
export function visible(text: string): string {
  // As JSON escapes them. V8 takes up to half a millisecond to read these classes: not at the import.
  return text.replace(
    /(?!\t)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_C}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** A value that a server sent, in quotes. */
export function quote(text: string): string {
  return visible(JSON.stringify(cut(text, MOST_OF_VALUE)));
}

/** A URL without user information, query and fragment. */
export function showUrl(url: URL): string {
  return url.host === ""
    ? `${cut(url.protocol, MOST_OF_SCHEME)}...`
    : showOrigin(url) + cut(url.pathname, MOST_OF_PATH);
}

/** The scheme, host and port of a URL. */
export function showOrigin({ protocol, host }: URL): string {
  return cut(`${protocol}//${host}`, MOST_OF_ORIGIN);
}

/**
 * Text that was meant to be a URL, without user information, query and fragment. All that precedes
 * an at sign may be a password.
 */
export function showUrlText(text: string): string {
  return cut(text.replace(/^([\w+.-]+:\/\/)?.*@|[?#].*/gs, "$1"), MOST_OF_PATH);
}

/** A serialised URL without user information. */
export function withoutUserinfo(url: string): string {
  return url.replace(USERINFO, "$1");
}

/**
 * The message of a thrown value with those of its causes: some runtimes say no more than "fetch
 * failed" at first.
 */
export function explain(thrown: unknown): string {
  try {
    let text = describe(thrown);
    for (const cause of withCauses(thrown)) {
      const why = describe(cause);
      if (!text.includes(why)) text += `: ${why}`;
    }
    // In one line: the messages of OpenSSL end with a line break.
    const line = text.replace(REPEATED_URL, showUrlText).replace(/\s+/g, " ").trim();
    return visible(cut(line, MOST_OF_ERROR));
  } catch {
    // A user's value may throw when it is read.
    return "an unreadable error";
  }
}

/** An error, and those that are its causes. */
export function withCauses(thrown: unknown): Error[] {
  const errors: Error[] = [];
  for (let next = thrown; next instanceof Error && errors.length <= MAX_CAUSES; next = next.cause) {
    errors.push(next);
  }
  return errors;
}

/** Text without a header value that a runtime refused and quotes: it may be a secret. */
export function withoutHeaderValue(text: string): string {
  // From the first "header" on: one expression for both would begin anew at each.
  return /invalid (header )?value/i.test(text.slice(text.search(/(invalid )?header /i)))
    ? "invalid header value"
    : text;
}

/** An AggregateError (every address of a host refused) has a code and no message. */
function describe(thrown: unknown): string {
  const { message, code, name } = Object(thrown);
  return withoutHeaderValue(String(message || code || name || thrown));
}

function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}...` : text;
}
