/**
 * The headers of a request: ours, and the user's. No error of their checks shows a value.
 *
 * @module
 */

import { decodeUtf8, isObject, kindOf } from "../check.ts";
import type { EventSourceError } from "../errors.ts";

/**
 * Header fields, as Fetch's `HeadersInit` takes them. A member that is `undefined` or `null` is left
 * out.
 */
export type HeadersInput =
  | Headers
  | Iterable<Iterable<string>>
  | Readonly<Record<string, string | null | undefined>>;

/** The context of a function that is called before each attempt. */
export interface AttemptContext {
  /**
   * The URL: for the `url` function the one that the source was constructed with, for the `headers`
   * function the one that is requested.
   */
  readonly url: string;
  /**
   * How many consecutive attempts have ended: 0 for the first request, 1 after a connection that
   * brought a message or stayed open for `stableAfter`.
   */
  readonly attempt: number;
  /** The last event id that this attempt will send; empty if there is none. */
  readonly lastEventId: string;
  /**
   * Why the previous attempt or its connection ended; `undefined` for the first, and after
   * `reconnect()` has dropped an open connection.
   */
  readonly error: EventSourceError | undefined;
  /** Aborted when the attempt is given up, by `close()` for example: pass it on to your requests. */
  readonly signal: AbortSignal;
}

/** A function that returns header fields, at once or as a promise; `undefined` adds none. */
export type HeadersFunction = (
  context: AttemptContext,
) => HeadersInput | undefined | Promise<HeadersInput | undefined>;

/** The user's header fields, with the last event id taken out of them. */
export interface UserHeaders {
  readonly fields: Headers | undefined;
  /** The value of `Last-Event-ID`, where it was given. */
  readonly lastEventId: string | undefined;
}

/** The most bytes of an id that are sent: servers refuse heads that are larger. */
const MAX_ID_SIZE = 2 ** 16;

/** Characters that no name of a header field, and no method, has. */
const NO_TOKEN = /[^!#$%&'*+\-.^_`|~0-9a-z]/i;

/**
 * Characters that HTTP implementations refuse in a value: more than Fetch does. A tab is allowed.
 */
// deno-lint-ignore no-control-regex
const UNTRANSPORTABLE = /(?!\t)[\0-\x1F\x7F]/;

/** Whether text can be the name of a header field or a method. */
export function isToken(text: string): boolean {
  return text !== "" && !NO_TOKEN.test(text);
}

/**
 * Copies and checks the user's header fields.
 *
 * @throws {TypeError} If `input` is no HeadersInit, or a name or value cannot be sent. The message
 * names the field, never its value.
 */
export function userHeaders(input: unknown): UserHeaders {
  // A function of its own does the rest: Bun takes 0.1 ms to compile it.
  return input === undefined ? { fields: undefined, lastEventId: undefined } : copyHeaders(input);
}

function copyHeaders(input: unknown): UserHeaders {
  if (!isObject(input)) throw wrongHeaders(kindOf(input));
  if ("then" in input) throw wrongHeaders("a promise");
  const fields = new Headers();
  let lastEventId: string | undefined;
  for (const pair of isIterable(input) ? input : Object.entries(input)) {
    const parts = isIterable(pair) ? [...pair] : [];
    if (parts.length !== 2) throw wrongHeaders("no pair");
    const [key, value] = parts;
    if (value === undefined || value === null) continue;
    const name = String(key);
    const kind = kindOf(value);
    // The lookbehind keeps this linear when the value holds a long run of spaces.
    const text = String(value).replace(/^[\t\n\r ]+|(?<![\t\n\r ])[\t\n\r ]+$/g, "");
    // Others would be sent as "[object Object]", or as the text of the function.
    const isText = kind === "object" ? !text.startsWith("[object ") : !/symbol|function/.test(kind);
    if (isToken(name) && !isText) throw new TypeError(`header "${name}" must be text, got ${kind}`);
    // A whole field in the name's place holds a value.
    const problem = `header "${name.split(NO_TOKEN)[0]}" has an invalid character`;
    // Not left to `append`: workerd's takes a name that is empty or not ASCII.
    if (!isToken(name) || UNTRANSPORTABLE.test(text)) throw new TypeError(problem);
    if (name.toLowerCase() === "last-event-id") {
      lastEventId = input instanceof Headers ? decodeUtf8(text) : text;
      continue;
    }
    try {
      fields.append(name, text);
    } catch {
      // Not as the cause: the runtimes' errors quote the value.
      throw new TypeError(problem);
    }
  }
  return { fields, lastEventId };
}

/**
 * The headers of a request: the user's, if any, and ours. `authorization` stands for the URL's user
 * information; `idValue` is the platform's, if it has one.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface}
 */
export function requestHeaders(
  userFields: Headers | undefined,
  lastEventId: string,
  isBrowser: boolean,
  authorization?: string,
  idValue: (id: string) => string = encodeId,
): Headers {
  // An id that no header can carry is left out: otherwise every request would fail.
  const id = idValue(lastEventId);
  const fields = new Headers({
    Accept: "text/event-stream",
    // A browser sets both by itself; the former, set by a script, would cost a CORS preflight.
    ...(isBrowser ? {} : {
      "Cache-Control": "no-cache",
      // Compression without flushing is the most common reason for delayed events.
      "Accept-Encoding": "identity",
    }),
    ...(authorization && { Authorization: authorization }),
    ...(id && { "Last-Event-ID": id }),
  });
  userFields?.forEach((value, name) => fields.set(name, value));
  return fields;
}

/** The value of `Last-Event-ID`, its bytes as UTF-8; empty if the id cannot be sent. */
export function encodeId(id: string): string {
  if (id.length > MAX_ID_SIZE || UNTRANSPORTABLE.test(id)) return "";
  const bytes = new TextEncoder().encode(id);
  return bytes.length > MAX_ID_SIZE
    ? ""
    : Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

function wrongHeaders(got: string): TypeError {
  return new TypeError(`headers must be a record, pairs or Headers, got ${got}`);
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return isObject(value) && Symbol.iterator in value;
}
