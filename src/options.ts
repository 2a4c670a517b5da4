/**
 * The options of an `EventSource`: their types, defaults and validation.
 *
 * @module
 */

import { check, checkNumber, checkType, isObject, kindOf, misuse, unpolluted } from "./check.ts";
import { reportException } from "./dispatch.ts";
import type { EventSourceError } from "./errors.ts";
import { isRetried, type ReconnectionPolicy } from "./reconnection.ts";
import { type BodyFunction, checkBody, isSafe } from "./request/body.ts";
import {
  type AttemptContext,
  type HeadersFunction,
  type HeadersInput,
  isToken,
  type UserHeaders,
  userHeaders,
} from "./request/headers.ts";
import type {
  FetchLike,
  HttpsOptions,
  RequestBody,
  TransportInit,
} from "./transports/transport.ts";

/** Whether and when to try again after a connection, or an attempt at one, has ended. */
export interface ReconnectionInit {
  /**
   * The reconnection time in milliseconds, until the server's `retry` field sets it; a `retry` below
   * 100 is waited for as 100, or as this if it is less. Default: 3000.
   */
  delay?: number | undefined;
  /**
   * The longest wait in milliseconds, before jitter, unless the server asks for more; no less than
   * `delay`. Default: 30,000, or `delay` if that is more.
   */
  maxDelay?: number | undefined;
  /** The factor from each wait to the next: 1 or more. Default: 2. */
  factor?: number | undefined;
  /** The most that chance adds to a wait, as a part of it from 0 to 1. Default: 0.5. */
  jitter?: number | undefined;
  /**
   * Milliseconds after which an open connection counts as stable, even if it brought no message: the
   * next wait is then the shortest again. Default: 5000.
   */
  stableAfter?: number | undefined;
  /** The most consecutive retries before the source closes. Default: `Infinity`. */
  maxRetries?: number | undefined;
  /**
   * Decides whether to try again. The second argument is the default's answer: no for a response that
   * was rejected for its status or content type and for requests other than GET and HEAD, yes for the
   * rest. It is not called for the reasons `"limit"` and `"unsupported"`, which are always final.
   */
  when?: ((error: EventSourceError, standard: boolean) => boolean) | undefined;
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
   * Called before each attempt, and awaited, for the URL to request: with a cursor or a token in its
   * query, say. A relative one is resolved against that of the source. `headers` are sent to it,
   * whatever its origin. Default: the source's URL.
   */
  url?: ((context: AttemptContext) => string | URL | Promise<string | URL>) | undefined;
  /**
   * Header fields for every request, or a function that returns them, called before each attempt
   * (such that a token can be renewed) and awaited. An `Accept` given here wins over ours. A
   * `Last-Event-ID` is the initial last event id, until the stream sets one.
   */
  headers?:
    | HeadersInput
    | ((context: AttemptContext) => HeadersInput | undefined | Promise<HeadersInput | undefined>)
    | undefined;
  /**
   * The initial last event id, without a line end; wins over one in `headers`. Default: `""`, none.
   */
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
  body?: RequestBody | (() => RequestBody | Promise<RequestBody>) | undefined;
  /** TLS options. Which ones can be honoured depends on the runtime; the others are refused. */
  https?: HttpsOptions | undefined;
  /**
   * An `http:` or `https:` proxy (through `./node` also `socks5:` and `socks5h:`), with credentials
   * in the URL; `"env"` for what `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say;
   * `false` for none. Default: what the runtime's own requests do.
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
  /** Whether and when to try again; `true` is the defaults, `false` is never. */
  reconnection?: ReconnectionInit | boolean | undefined;
  /**
   * Called for each comment line, which servers use as heartbeats, with what follows the colon,
   * less one leading space.
   */
  onComment?: ((comment: string) => void) | undefined;
}

/** The options, checked, with defaults in place. */
export interface Settings {
  readonly withCredentials: boolean;
  readonly url: EventSourceInit["url"];
  /** Fixed header fields, or the function to ask before each attempt. */
  readonly headers: UserHeaders | HeadersFunction;
  readonly lastEventId: string | undefined;
  readonly method: string;
  readonly body: RequestBody | BodyFunction | undefined;
  readonly fetch: FetchLike | undefined;
  readonly https: HttpsOptions | undefined;
  readonly proxy: TransportInit["proxy"];
  readonly signal: AbortSignal | undefined;
  readonly idleTimeout: number;
  readonly maxBufferSize: number;
  readonly reconnection: ReconnectionPolicy;
  readonly onComment: ((comment: string) => void) | undefined;
}

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
export function parseInit(init: EventSourceInit | null): Settings {
  // Web IDL lets a function pass for a dictionary too; nobody means that.
  checkType("the options", init ?? undefined, "an object");
  const {
    withCredentials = false,
    url,
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
    reconnection = true,
    onComment,
  } = unpolluted(init ?? {});
  checkType("url", url, "a function");
  checkType("fetch", fetch, "a function");
  checkType("onComment", onComment, "a function");
  checkType("lastEventId", lastEventId, "a string");
  // As read from a file, with its line end: not being sent, it would start the stream anew.
  check(
    !/[\0\r\n]/.test(lastEventId ?? ""),
    "lastEventId must be an id that a stream can have",
    "one with a line end or U+0000",
  );
  checkType("https", https, "an object");
  checkType("method", method, "a string");
  check(isMethod(method), "method must be one that fetch can send", JSON.stringify(method));
  check(
    signal === undefined || isAbortSignal(signal),
    "signal must be an AbortSignal",
    kindOf(signal),
  );
  checkNumber("idleTimeout", idleTimeout, 0, Infinity, " milliseconds");
  checkNumber("maxBufferSize", maxBufferSize, 1, Infinity, " code units", true);
  checkBody(body, method);
  return {
    withCredentials: Boolean(withCredentials),
    url,
    headers: typeof headers === "function" ? headers : parseHeaders(headers),
    lastEventId,
    method: normalizeMethod(method),
    body,
    fetch,
    https,
    proxy,
    signal,
    idleTimeout,
    maxBufferSize,
    reconnection: parseReconnection(reconnection, method, body),
    onComment,
  };
}

function parseReconnection(
  init: ReconnectionInit | boolean,
  method: string,
  body: EventSourceInit["body"],
): ReconnectionPolicy {
  const isInit = typeof init === "boolean" || isObject(init);
  check(isInit, "reconnection must be an object or a boolean", kindOf(init));
  const options = unpolluted<ReconnectionInit>(
    init === true ? {} : init === false ? { maxRetries: 0 } : init,
  );
  const {
    maxDelay: longest,
    factor = 2,
    jitter = 0.5,
    stableAfter = 5000,
    maxRetries = Infinity,
    when,
  } = options;
  const cap = longest === undefined ? Infinity : longest;
  checkNumber("reconnection.maxDelay", cap, 0, Infinity, " milliseconds");
  // Of a delay that is not given, too, it is the limit.
  const { delay = Math.min(DEFAULT_DELAY, cap) } = options;
  checkNumber("reconnection.delay", delay, 0, Number.MAX_SAFE_INTEGER, " milliseconds");
  checkNumber("reconnection.maxDelay", cap, delay, Infinity, " milliseconds");
  checkNumber("reconnection.factor", factor, 1, Number.MAX_SAFE_INTEGER);
  checkNumber("reconnection.jitter", jitter, 0, 1);
  checkNumber("reconnection.stableAfter", stableAfter, 0, Infinity, " milliseconds");
  checkNumber("reconnection.maxRetries", maxRetries, 0, Infinity, "", true);
  checkType("reconnection.when", when, "a function");
  if (when !== undefined && body instanceof ReadableStream) {
    throw misuse(
      "reconnection.when cannot repeat a body that is a stream: give a function that returns one",
    );
  }
  const isStandard = (error: EventSourceError): boolean => isSafe(method) && isRetried(error);
  return {
    delay,
    maxDelay: longest === undefined ? Math.max(DEFAULT_MAX_DELAY, delay) : longest,
    factor,
    jitter,
    stableAfter,
    maxRetries,
    when: when === undefined ? isStandard : (error) => ask(when, error, isStandard(error)),
  };
}

/** What the user decides; if that fails, which is reported, it is the default. */
function ask(
  when: (error: EventSourceError, standard: boolean) => unknown,
  error: EventSourceError,
  standard: boolean,
): boolean {
  try {
    const answer = when(error, standard);
    // A promise, most likely: it would pass for a yes.
    if (isObject(answer)) {
      throw new TypeError("reconnection.when must return a boolean, got an object");
    }
    return Boolean(answer);
  } catch (exception) {
    reportException(exception);
    return standard;
  }
}

/** @see {@link https://fetch.spec.whatwg.org/#concept-method} */
function isMethod(text: string): boolean {
  return isToken(text) && !/^(CONNECT|TRACE|TRACK)$/i.test(text);
}

/** @see {@link https://fetch.spec.whatwg.org/#concept-method-normalize} */
function normalizeMethod(method: string): string {
  return /^(DELETE|GET|HEAD|OPTIONS|POST|PUT)$/i.test(method) ? method.toUpperCase() : method;
}

function parseHeaders(headers: unknown): UserHeaders {
  try {
    return userHeaders(headers);
  } catch (error) {
    throw misuse((error as Error).message);
  }
}

/** By shape: a signal may come from another realm or a polyfill. */
function isAbortSignal(value: unknown): boolean {
  return isObject(value) && "aborted" in value && "addEventListener" in value;
}
