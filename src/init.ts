/**
 * The options of an `EventSource`: their types, defaults and validation.
 *
 * @module
 */

import type { EventSourceError } from "./failure.ts";
import { type HeadersInput, type UserHeaders, userHeaders } from "./headers.ts";
import type { FetchLike } from "./transports/transport.ts";

/** What a function given as `headers` is called with. */
export interface HeadersContext {
  /** How many attempts in a row have failed to open a connection: 0 for the first request. */
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
  /** Replaces the runtime's `fetch`; is called with a URL and what to send. */
  fetch?: FetchLike | undefined;
  /** Closes the source when it is aborted. */
  signal?: AbortSignal | undefined;
  /**
   * The most that one line and the event it belongs to may hold, in UTF-16 code units. Beyond it
   * the connection fails for good. Default: 16,777,216 (16 Mi).
   */
  maxBufferSize?: number | undefined;
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
  readonly fetch: FetchLike | undefined;
  readonly signal: AbortSignal | undefined;
  readonly maxBufferSize: number;
  readonly onComment: ((comment: string) => void) | undefined;
}

const DEFAULT_MAX_BUFFER_SIZE = 16 * 1024 * 1024;

/**
 * Checks the options.
 *
 * @throws {TypeError} If a member is of the wrong type. The message names the member.
 * @throws {RangeError} If a number is out of range.
 */
export function parseInit(init: EventSourceInit | null | undefined): Settings {
  if (init !== undefined && init !== null && typeof init !== "object") {
    // Web IDL lets a function pass for a dictionary too; nobody means that.
    throw new TypeError(problem("the options must be an object", typeof init));
  }
  const {
    withCredentials = false,
    headers,
    lastEventId,
    fetch,
    signal,
    maxBufferSize = DEFAULT_MAX_BUFFER_SIZE,
    onComment,
  } = init ?? {};
  checkFunction("fetch", fetch);
  checkFunction("onComment", onComment);
  if (lastEventId !== undefined && typeof lastEventId !== "string") {
    throw new TypeError(problem("lastEventId must be a string", typeof lastEventId));
  }
  if (signal !== undefined && !isAbortSignal(signal)) {
    throw new TypeError(problem("signal must be an AbortSignal", typeof signal));
  }
  if (typeof maxBufferSize !== "number") {
    throw new TypeError(problem("maxBufferSize must be a number", typeof maxBufferSize));
  }
  if (!(maxBufferSize > 0)) {
    throw new RangeError(
      problem("maxBufferSize must be a positive number of code units", String(maxBufferSize)),
    );
  }
  return {
    withCredentials: Boolean(withCredentials),
    headers: typeof headers === "function" ? headers : checkHeaders(headers),
    lastEventId,
    fetch,
    signal,
    maxBufferSize,
    onComment,
  };
}

function checkHeaders(headers: unknown): UserHeaders {
  try {
    return userHeaders(headers);
  } catch (error) {
    throw new TypeError(`Cannot construct EventSource: headers: ${(error as Error).message}`);
  }
}

function checkFunction(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function") {
    throw new TypeError(problem(`${name} must be a function`, typeof value));
  }
}

/** By shape: a signal may come from another realm or a polyfill. */
function isAbortSignal(value: unknown): value is AbortSignal {
  return typeof value === "object" && value !== null && "aborted" in value &&
    "addEventListener" in value;
}

function problem(expected: string, actual: string): string {
  return `Cannot construct EventSource: ${expected}, got ${actual}`;
}
