/**
 * The options of an `EventSource`: their types, defaults and validation.
 *
 * @module
 */

import type { EventSourceError } from "./failure.ts";
import { describe, type HeadersInput, isToken, type UserHeaders, userHeaders } from "./headers.ts";
import { isRetried, type ReconnectionPolicy } from "./reconnection.ts";
import type { FetchLike, HttpsOptions, Proxy, RequestBody } from "./transports/transport.ts";

/** What a function given as `headers` is called with. */
export interface HeadersContext {
  /**
   * How many attempts in a row have ended: 0 for the first request, 1 after a connection that
   * brought a message or stayed open for `stableAfter`.
   */
  readonly attempt: number;
  /** The last event id that this attempt will send; empty where there is none. */
  readonly lastEventId: string;
  /** Why the previous attempt, or its connection, ended; `undefined` for the first. */
  readonly error: EventSourceError | undefined;
}

/** A function that returns header fields, at once or as a promise. */
export type HeadersFunction = (
  context: HeadersContext,
) => HeadersInput | undefined | Promise<HeadersInput | undefined>;

/** A function that returns a body, at once or as a promise. */
export type BodyFunction = () => RequestBody | Promise<RequestBody>;

/** Whether and when to try again after a connection, or an attempt at one, has ended. */
export interface ReconnectionInit {
  /** The reconnection time in milliseconds, until the server's `retry` field sets it. Default: 3000. */
  delay?: number | undefined;
  /**
   * The longest wait in milliseconds, unless the server asks for more. Default: 30,000, or `delay`
   * if that is more.
   */
  maxDelay?: number | undefined;
  /** What each further wait in a row is multiplied by: 1 or more. Default: 2. */
  factor?: number | undefined;
  /** The part of a wait, 0 to 1, up to which chance prolongs it. Default: 0.1. */
  jitter?: number | undefined;
  /**
   * How long in milliseconds a connection must have stayed open, if it brought no message, for the
   * next wait to be the first of a row again. Default: 5000.
   */
  stableAfter?: number | undefined;
  /** How many attempts in a row may follow one another before the source closes. Default: `Infinity`. */
  maxAttempts?: number | undefined;
  /**
   * Decides whether to try again. Default: the standard's rule, by which a response that was
   * rejected for its status or content type is final and all else is not; and for requests other
   * than GET and HEAD: no.
   */
  when?: ((error: EventSourceError) => boolean) | undefined;
}

/**
 * The options of an `EventSource`. All are optional; members that are not listed are ignored.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#eventsourceinit}
 */
export interface EventSourceInit {
  /** Whether a page's requests to other origins carry credentials. Default: `false`. */
  withCredentials?: boolean | undefined;
  /**
   * Header fields for every request, or a function that returns them, called before each attempt
   * (such that a token can be renewed) and awaited. An `Accept` given here wins over ours. A
   * `Last-Event-ID` is the initial last event id, until the stream sets one.
   */
  headers?: HeadersInput | HeadersFunction | undefined;
  /** The initial last event id; wins over one in `headers`. Default: `""`, none. */
  lastEventId?: string | undefined;
  /**
   * The request's method. One other than GET and HEAD is not repeated, unless `reconnection.when`
   * says so. Default: `"GET"`.
   */
  method?: string | undefined;
  /**
   * The request's body, for methods that have one, or a function that returns it, called for each
   * request. A `ReadableStream` is sent once; a function can return another each time.
   */
  body?: RequestBody | BodyFunction | undefined;
  /** TLS options. Which ones can be honoured depends on the runtime; the others are refused. */
  https?: HttpsOptions | undefined;
  /**
   * An `http:` or `https:` proxy (through `./node` also `socks5:` and `socks5h:`), with credentials
   * in the URL; `"env"` for what `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say; `false` for none.
   * Default: what the runtime's own requests do.
   */
  proxy?: string | URL | false | undefined;
  /** Replaces the runtime's `fetch`; is called with a URL and what to send. */
  fetch?: FetchLike | undefined;
  /** Closes the source when it is aborted. */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds without a byte, from the start of the request on, after which the connection is
   * dropped and another is made. Comments count as bytes. Default: 0, never.
   */
  idleTimeout?: number | undefined;
  /**
   * The most that one line and the event it belongs to may hold, in UTF-16 code units. Beyond it
   * the connection fails for good. Default: 16,777,216 (16 Mi).
   */
  maxBufferSize?: number | undefined;
  /** Whether and when to try again; `false`: never. */
  reconnection?: ReconnectionInit | false | undefined;
  /**
   * Called for each comment line, which servers use as heartbeats, with what follows the colon,
   * less one leading space.
   */
  onComment?: ((comment: string) => void) | undefined;
}

/** The options, checked, with defaults in place. */
export interface Settings {
  readonly withCredentials: boolean;
  /** Fixed header fields, or the function to ask before each attempt. */
  readonly headers: UserHeaders | HeadersFunction;
  readonly lastEventId: string | undefined;
  readonly method: string;
  readonly body: RequestBody | BodyFunction | undefined;
  readonly fetch: FetchLike | undefined;
  readonly https: HttpsOptions | undefined;
  readonly proxy: Proxy | undefined;
  readonly signal: AbortSignal | undefined;
  readonly idleTimeout: number;
  readonly maxBufferSize: number;
  readonly reconnection: ReconnectionPolicy;
  readonly onComment: ((comment: string) => void) | undefined;
}

const PROXY_SCHEME = /^(https?|socks(4|5h?)?):$/;

const DEFAULT_MAX_BUFFER_SIZE = 16 * 1024 * 1024;

/** "A few seconds", the standard says; Chromium waits as long. */
const DEFAULT_DELAY = 3000;
const DEFAULT_MAX_DELAY = 30_000;

/**
 * Checks the options.
 *
 * @throws {TypeError} If a member is of the wrong type. The message names the member.
 * @throws {RangeError} If a number is out of range.
 */
export function parseInit(init: EventSourceInit | null | undefined): Settings {
  if (init !== undefined && init !== null && typeof init !== "object") {
    // Web IDL lets a function pass for a dictionary too; nobody means that.
    throw new TypeError(problem("the options must be an object", describe(init)));
  }
  const {
    withCredentials = false,
    headers,
    lastEventId,
    method = "GET",
    body,
    fetch,
    https,
    proxy,
    signal,
    idleTimeout = 0,
    maxBufferSize = DEFAULT_MAX_BUFFER_SIZE,
    reconnection = {},
    onComment,
  } = init ?? {};
  checkFunction("fetch", fetch);
  checkFunction("onComment", onComment);
  if (lastEventId !== undefined && typeof lastEventId !== "string") {
    throw new TypeError(problem("lastEventId must be a string", describe(lastEventId)));
  }
  if (signal !== undefined && !isAbortSignal(signal)) {
    throw new TypeError(problem("signal must be an AbortSignal", describe(signal)));
  }
  checkHttps(https);
  checkNumber("idleTimeout", idleTimeout, 0, Infinity, "milliseconds");
  checkNumber("maxBufferSize", maxBufferSize, 1, Infinity, "code units", true);
  return {
    withCredentials: Boolean(withCredentials),
    headers: typeof headers === "function" ? headers : checkHeaders(headers),
    lastEventId,
    method: checkMethod(method, body),
    body,
    fetch,
    https,
    proxy: parseProxy(proxy),
    signal,
    idleTimeout,
    maxBufferSize,
    reconnection: parseReconnection(reconnection, isSafe(method) ? isRetried : never, body),
    onComment,
  };
}

/** Whether a request may be repeated unasked: those that this library has a use for. */
export function isSafe(method: string): boolean {
  return /^(GET|HEAD)$/i.test(method);
}

/** What every runtime would ignore, or fail by at each attempt. */
function checkHttps(https: HttpsOptions | undefined): void {
  if (https === undefined) return;
  if (typeof https !== "object" || https === null) {
    throw new TypeError(problem("https must be an object", describe(https)));
  }
  const { rejectUnauthorized: verified = true, cert, key } = https;
  if (typeof verified !== "boolean") {
    throw new TypeError(problem("https.rejectUnauthorized must be a boolean", describe(verified)));
  }
  for (const name of ["ca", "cert", "key"]) {
    if (https[name] === undefined || isPem(https[name])) continue;
    const got = typeof https[name] === "string" ? "other text" : describe(https[name]);
    throw new TypeError(problem(`https.${name} must be PEM, not its path`, got));
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw new TypeError("Cannot construct EventSource: https.cert and https.key go together");
  }
}

/** Text in PEM, or its bytes; what else a runtime takes (files, keys with passphrases) passes unseen. */
function isPem(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPem);
  const text = value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
  return typeof text === "string" ? text.includes("-----BEGIN ") : describe(text) === "object";
}

/** No message shows the value: a proxy's URL may hold a password. */
function parseProxy(proxy: string | URL | false | undefined): Proxy | undefined {
  if (proxy === undefined || proxy === false || proxy === "env") return proxy;
  if (typeof proxy !== "string" && !(proxy instanceof URL)) {
    throw new TypeError(problem('proxy must be a URL, "env" or false', describe(proxy)));
  }
  // Not even the scheme is shown: where it is missing, a user name is taken for it.
  if (!URL.canParse(proxy) || !PROXY_SCHEME.test(new URL(proxy).protocol)) {
    throw new TypeError(
      problem(
        "proxy must be a whole http:, https:, socks5: or socks5h: URL, " +
          'such as http://host:3128, "env" or false',
        "neither",
      ),
    );
  }
  const url = new URL(proxy);
  try {
    decodeURIComponent(`${url.username}:${url.password}`);
  } catch {
    throw new TypeError(
      problem("proxy must be percent-encoded", "user information that cannot be decoded"),
    );
  }
  return url;
}

function parseReconnection(
  init: ReconnectionInit | false,
  defaultWhen: (error: EventSourceError) => boolean,
  body: EventSourceInit["body"],
): ReconnectionPolicy {
  if (typeof init !== "object" || init === null) {
    if (init === false) return parseReconnection({}, never, undefined);
    throw new TypeError(problem("reconnection must be an object or false", describe(init)));
  }
  const {
    delay = DEFAULT_DELAY,
    maxDelay: longest,
    factor = 2,
    jitter = 0.1,
    stableAfter = 5000,
    maxAttempts = Infinity,
    when,
  } = init;
  checkFunction("reconnection.when", when);
  checkNumber("reconnection.delay", delay, 0, Number.MAX_SAFE_INTEGER, "milliseconds");
  const maxDelay = longest === undefined ? Math.max(DEFAULT_MAX_DELAY, delay) : longest;
  checkNumber("reconnection.maxDelay", maxDelay, delay, Infinity, "milliseconds");
  checkNumber("reconnection.factor", factor, 1, Number.MAX_SAFE_INTEGER);
  checkNumber("reconnection.jitter", jitter, 0, 1);
  checkNumber("reconnection.stableAfter", stableAfter, 0, Infinity, "milliseconds");
  checkNumber("reconnection.maxAttempts", maxAttempts, 0, Infinity, "", true);
  if (when !== undefined && body instanceof ReadableStream) {
    throw new TypeError(
      "Cannot construct EventSource: reconnection.when cannot repeat a body that is a stream, " +
        "which can be sent once: body may be a function that returns another each time",
    );
  }
  return { delay, maxDelay, factor, jitter, stableAfter, maxAttempts, when: when ?? defaultWhen };
}

/** @see {@link https://fetch.spec.whatwg.org/#concept-method} */
function checkMethod(method: unknown, body: unknown): string {
  if (typeof method !== "string") {
    throw new TypeError(problem("method must be a string", describe(method)));
  }
  if (!isToken(method) || /^(CONNECT|TRACE|TRACK)$/i.test(method)) {
    throw new TypeError(problem("method must be one that fetch can send", JSON.stringify(method)));
  }
  if (body === undefined) return normalizeMethod(method);
  if (isSafe(method)) {
    throw new TypeError(
      `Cannot construct EventSource: a ${method} request cannot have a body; a POST can`,
    );
  }
  if (typeof body !== "function" && !isBody(body)) {
    throw new TypeError(
      problem(
        "body must be text (such as JSON.stringify makes), bytes, a Blob, a form, a stream or a function",
        describe(body),
      ),
    );
  }
  if (body instanceof ReadableStream && body.locked) {
    throw new TypeError(problem("body must be a stream that nobody reads", "a locked one"));
  }
  return normalizeMethod(method);
}

/** @see {@link https://fetch.spec.whatwg.org/#concept-method-normalize} */
function normalizeMethod(method: string): string {
  return /^(DELETE|GET|HEAD|OPTIONS|POST|PUT)$/i.test(method) ? method.toUpperCase() : method;
}

/** Whether a value can be sent as it is: any other object would go out as "[object Object]". */
export function isBody(value: unknown): value is RequestBody {
  return typeof value === "string" || ArrayBuffer.isView(value) || value instanceof ArrayBuffer ||
    value instanceof Blob || value instanceof FormData || value instanceof URLSearchParams ||
    value instanceof ReadableStream;
}

function checkHeaders(headers: unknown): UserHeaders {
  try {
    return userHeaders(headers);
  } catch (error) {
    throw new TypeError(`Cannot construct EventSource: ${(error as Error).message}`);
  }
}

function checkFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function") {
    throw new TypeError(problem(`${name} must be a function`, describe(value)));
  }
}

/** By shape: a signal may come from another realm or a polyfill. */
function isAbortSignal(value: unknown): value is AbortSignal {
  return typeof value === "object" && value !== null && "aborted" in value &&
    "addEventListener" in value;
}

function checkNumber(
  name: string,
  value: unknown,
  least: number,
  most: number,
  unit = "",
  isWhole = false,
): void {
  if (typeof value !== "number") {
    throw new TypeError(problem(`${name} must be a number`, describe(value)));
  }
  if (value >= least && value <= most && (!isWhole || Math.floor(value) === value)) return;
  const range = (isWhole ? "a whole number, " : "") +
    (most === Infinity ? `at least ${least}` : `from ${least} to ${most}`);
  throw new RangeError(problem(`${name} must be ${range} ${unit}`.trimEnd(), String(value)));
}

function never(): boolean {
  return false;
}

function problem(expected: string, actual: string): string {
  return `Cannot construct EventSource: ${expected}, got ${actual}`;
}
