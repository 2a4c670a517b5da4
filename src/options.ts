/**
 * The options of an `EventSource`: their types, defaults and validation.
 *
 * @module
 */

import {
  ANY,
  check,
  checkMembers,
  checkNumber,
  checkType,
  isObject,
  kindOf,
  type Members,
  misuse,
  readMembers,
} from "./check.ts";
import { reporting } from "./dispatch.ts";
import type { EventSourceError } from "./errors.ts";
import { isRetried, type ReconnectionPolicy } from "./reconnection.ts";
import { checkBody, isSafe } from "./request/body.ts";
import {
  type AttemptContext,
  type HeadersFunction,
  type HeadersInput,
  isToken,
  type UserHeaders,
  userHeaders,
} from "./request/headers.ts";
import type { FetchLike, HttpsOptions, RequestBody } from "./transports/transport.ts";

/** Whether and when to try again after a connection has ended or an attempt has failed. */
export interface ReconnectionInit {
  /**
   * The reconnection time in milliseconds, until the server's `retry` field sets it. A `retry` below
   * 100 counts as 100, or as `delay` if that is less. Default: 3000.
   */
  delay?: number | undefined;
  /**
   * The longest wait in milliseconds, before jitter, unless the server asks for more; at least
   * `delay`. `Infinity` sets no limit. Default: 30,000, or `delay` if that is more.
   */
  maxDelay?: number | undefined;
  /** Multiplies each further wait: 1 or more. Default: 2. */
  factor?: number | undefined;
  /** The largest random addition to a wait, as a part of it from 0 to 1. Default: 0.5. */
  jitter?: number | undefined;
  /**
   * Milliseconds after which an open connection counts as stable, even without a message, so that
   * the next wait is the shortest again. Default: 5000.
   */
  stableAfter?: number | undefined;
  /** The most consecutive retries before the source closes. Default: `Infinity`. */
  maxRetries?: number | undefined;
  /**
   * Decides whether to try again. `standard` is the default's answer: false for a response that was
   * rejected for its status or content type and for requests other than GET and HEAD, true for
   * everything else. Not called for the reasons `"limit"` and `"unsupported"`, which are always final.
   */
  when?: ((error: EventSourceError, standard: boolean) => boolean) | undefined;
}

/**
 * The options of an `EventSource`. All are optional; unknown members are ignored.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#eventsourceinit}
 */
export interface EventSourceInit {
  /** Whether a page's requests to other origins carry credentials. Default: `false`. */
  withCredentials?: boolean | undefined;
  /**
   * Called and awaited before each attempt. Returns the URL to request, for example with a cursor or
   * a token in its query; a relative one is resolved against the source's. `headers` are sent to it,
   * whatever its origin. Default: the source's URL.
   */
  url?: ((context: AttemptContext) => string | URL | Promise<string | URL>) | undefined;
  /**
   * Headers for every request, or a function that returns them, called and awaited before each
   * attempt, so that a token can be renewed; one that returns `undefined` adds none. An `Accept` given
   * here wins over ours. A `Last-Event-ID` is the initial last event id, until the stream sets one.
   */
  headers?:
    | HeadersInput
    | ((context: AttemptContext) => HeadersInput | undefined | Promise<HeadersInput | undefined>)
    | undefined;
  /**
   * The initial last event id; wins over one in `headers`. Default: `""`, none.
   */
  lastEventId?: string | undefined;
  /**
   * The request's method. Requests other than GET and HEAD are not repeated unless
   * `reconnection.when` says so. Default: `"GET"`.
   */
  method?: string | undefined;
  /**
   * The request's body, for methods that have one, or a function that returns it for each request.
   * A `ReadableStream` is sent once; a function can return a new one each time.
   */
  body?: RequestBody | (() => RequestBody | Promise<RequestBody>) | undefined;
  /** TLS options. The runtime decides which are supported; the constructor refuses the others. */
  https?: HttpsOptions | undefined;
  /**
   * On `./node`, an Agent of node:http or node:https, or a function of the URL that returns one, which
   * is called for each request. A fixed agent is used for the URL's origin only: a redirect to another
   * origin is a failed attempt.
   */
  agent?: { destroy(): void } | ((url: URL) => { destroy(): void } | undefined) | undefined;
  /**
   * On `./node`, creates each connection, for example to a Unix socket or through a gateway; for
   * `https:` URLs one with TLS. Like node:net's, it returns the socket or calls back with it. Like a
   * fixed agent, it is used for the URL's origin only.
   */
  createConnection?:
    | ((
      options: {
        readonly host?: string | null;
        readonly port?: number | string | null;
        readonly servername?: string;
      },
      callback: (error: Error | null, socket: object) => void,
    ) => object | null | undefined)
    | undefined;
  /**
   * The URL of an `http:` or `https:` proxy (on `./node` also `socks5:` and `socks5h:`), with its
   * credentials; `"env"` to read `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`; `false` for
   * none (on Deno both with `--allow-env`). Default: as the runtime's own requests.
   */
  proxy?: string | URL | false | undefined;
  /** Replaces the runtime's `fetch`. Called with a URL and an init. */
  fetch?: FetchLike | undefined;
  /** Closes the source when it is aborted. */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds of silence after which the connection is dropped, counted from the start of the
   * request; 0 disables it. Comments end the silence too. Default: 0.
   */
  idleTimeout?: number | undefined;
  /**
   * The limit for one line and its event, in UTF-16 code units. Beyond it the source fails for good.
   * Default: 16,777,216 (16 Mi).
   */
  maxBufferSize?: number | undefined;
  /** Whether and when to try again; `false` turns it off. Default: `true`. */
  reconnection?: ReconnectionInit | boolean | undefined;
  /**
   * Called for each comment line, which servers use as heartbeats, with the text after the colon,
   * without one leading space.
   */
  onComment?: ((comment: string) => void) | undefined;
}

/** Members that have defaults in the table. */
interface Numbers {
  readonly idleTimeout: number;
  readonly maxBufferSize: number;
}

/** The options, checked, with defaults in place. */
export interface Settings
  extends Readonly<Omit<EventSourceInit, "headers" | keyof Numbers>>, Numbers {
  readonly withCredentials: boolean;
  /** Fixed headers, or the function to call before each attempt. */
  readonly headers: UserHeaders | HeadersFunction;
  readonly method: string;
  readonly reconnection: ReconnectionPolicy;
}

/** The members of the options. */
const MEMBERS: Members<EventSourceInit> = {
  withCredentials: ANY,
  url: "a function",
  headers: ANY,
  lastEventId: "a string",
  method: "a string",
  body: ANY,
  https: "an object",
  agent: ANY,
  createConnection: "a function",
  proxy: ANY,
  fetch: "a function",
  signal: ANY,
  idleTimeout: [0, Infinity, 0],
  maxBufferSize: [1, Infinity, 2 ** 24, true],
  reconnection: "an object or a boolean",
  onComment: "a function",
};

const RECONNECTION: Members<ReconnectionInit> = {
  delay: [0, 2 ** 53 - 1],
  maxDelay: [0, Infinity],
  factor: [1, 2 ** 53 - 1, 2],
  jitter: [0, 1, 0.5],
  stableAfter: [0, Infinity, 5000],
  maxRetries: [0, Infinity, Infinity, true],
  when: "a function",
};

/** @see {@link https://fetch.spec.whatwg.org/#forbidden-method} */
const FORBIDDEN_METHODS = /^(CONNECT|TRACE|TRACK)$/i;
/** @see {@link https://fetch.spec.whatwg.org/#concept-method-normalize} */
const NORMALIZED_METHODS = /^(DELETE|GET|HEAD|OPTIONS|POST|PUT)$/i;

/**
 * Checks the options.
 *
 * @throws {TypeError} If a member is of the wrong type. The message names the member.
 * @throws {RangeError} If a number is out of range.
 */
export function parseInit(init: EventSourceInit | null): Settings {
  // Web IDL accepts a function as a dictionary too; that is always a mistake.
  checkType("the options", init ?? undefined, "an object");
  const given = readMembers(init ?? {}, MEMBERS) as EventSourceInit & Numbers;
  const { headers, lastEventId, method = "GET", body, signal } = given;
  // An id read from a file with its line end could not be sent: the stream would start over.
  if (lastEventId && /[\0\r\n]/.test(lastEventId)) {
    throw misuse("lastEventId has a line end or U+0000");
  }
  if (method !== "GET" && (!isToken(method) || FORBIDDEN_METHODS.test(method))) {
    throw misuse(`method cannot be ${JSON.stringify(method)}`);
  }
  // By its shape, because a signal may come from another realm or a polyfill.
  const isSignal = signal === undefined ||
    isObject(signal) && "aborted" in signal && "addEventListener" in signal;
  check(isSignal, "signal must be an AbortSignal", kindOf(signal));
  if (body !== undefined) checkBody(body, method);
  return {
    ...given,
    withCredentials: Boolean(given.withCredentials),
    headers: typeof headers === "function" ? headers : parseHeaders(headers),
    method: NORMALIZED_METHODS.test(method) ? method.toUpperCase() : method,
    reconnection: parseReconnection(method, body, given.reconnection),
  };
}

function parseReconnection(
  method: string,
  body: EventSourceInit["body"],
  init: ReconnectionInit | boolean = true,
): ReconnectionPolicy {
  const options = isObject(init) ? init : init ? {} : { maxRetries: 0 };
  checkMembers("reconnection", options, Object.keys(RECONNECTION));
  const given = readMembers(options, RECONNECTION, "reconnection.") as ReconnectionPolicy;
  // "A few seconds", the standard says; Chromium waits as long. `maxDelay` limits this one, too.
  const { maxDelay = Infinity, delay = Math.min(3000, maxDelay), when } = given as ReconnectionInit;
  checkNumber("reconnection.maxDelay", maxDelay, [delay, Infinity]);
  if (when !== undefined && body instanceof ReadableStream) {
    throw misuse("reconnection.when cannot repeat a stream: give a function");
  }
  const isStandard = (error: EventSourceError): boolean => isSafe(method) && isRetried(error);
  return {
    ...given,
    delay,
    maxDelay: given.maxDelay ?? Math.max(30_000, delay),
    when: when === undefined ? isStandard : (error) => ask(when, error, isStandard(error)),
  };
}

/** The user's decision. If the function fails, that is reported, and the default decides. */
function ask(
  when: (error: EventSourceError, standard: boolean) => unknown,
  error: EventSourceError,
  standard: boolean,
): boolean {
  return reporting(() => {
    const answer = when(error, standard);
    // Most likely a promise, which would count as true.
    if (isObject(answer)) {
      throw new TypeError("reconnection.when must return a boolean, got object");
    }
    return Boolean(answer);
  }) ?? standard;
}

function parseHeaders(headers: unknown): UserHeaders {
  try {
    return userHeaders(headers);
  } catch (error) {
    throw misuse((error as Error).message);
  }
}
