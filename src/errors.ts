/**
 * Why an attempt or a connection ended: thrown where it is noticed, and exposed to users.
 *
 * @module
 */

import { define } from "./check.ts";
import { explain } from "./shown.ts";

/**
 * Why a connection ended or an attempt failed.
 *
 * By default, these are retried:
 *
 * - `"network"`: no connection, no response, a response that broke off, too many redirects, or a
 *   redirect to a URL that is neither `http:` nor `https:`.
 * - `"closed"`: the server ended the stream.
 * - `"idle"`: nothing arrived for `idleTimeout`.
 * - `"request"`: the request could not be made as asked. The `headers` or `body` function failed,
 *   or a redirect would take the body to another origin.
 *
 * And these are final:
 *
 * - `"status"`: the response's status was not 200.
 * - `"content-type"`: the response was not an event stream.
 * - `"limit"`: one line and its event outgrew `maxBufferSize`.
 * - `"unsupported"`: this runtime lacks a scheme, a content encoding, a permission or a timer.
 */
export type EventSourceErrorReason =
  | "network"
  | "closed"
  | "idle"
  | "request"
  | "status"
  | "content-type"
  | "limit"
  | "unsupported";

/**
 * Why a connection ended or an attempt failed: the `error` of an `error` event, the first argument of
 * `reconnection.when`, and what a `for await` loop throws.
 *
 * @example Decide by reason and status
 * ```ts
 * import { EventSource, EventSourceError } from "@x/eventsource";
 *
 * try {
 *   for await (const { data } of new EventSource("https://example.com/page")) console.log(data);
 * } catch (error) {
 *   if (!(error instanceof EventSourceError)) throw error;
 *   console.error(error.reason, error.status, error.message); // content-type 200 ...
 * }
 * ```
 */
export class EventSourceError extends Error {
  /** Why, for programs. */
  declare readonly reason: EventSourceErrorReason;
  /** The response's status; `undefined` if there was no response. */
  declare readonly status: number | undefined;
  readonly #options: { readonly response?: Response | undefined };

  /**
   * Creates an error, for tests and mocks.
   *
   * @param reason Why, for programs.
   * @param message What was attempted and what happened, for people.
   * @param options The response's status, the rejected response, and what the runtime threw.
   */
  constructor(
    reason: EventSourceErrorReason,
    message: string,
    options: {
      readonly status?: number | undefined;
      readonly response?: Response | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    super(message, options);
    this.reason = reason;
    this.status = options.status;
    this.#options = options;
  }

  /**
   * The rejected response, for `"status"` and `"content-type"`; otherwise `undefined`. When a
   * `for await` loop throws this error, the body has been read: `await error.response?.text()`. A
   * body beyond 1 MiB or 5 seconds is cut off: `text()` then rejects and says so.
   */
  get response(): Response | undefined {
    return this.#options.response;
  }
}

// On the prototype, where the first line of the stack finds it. Not by assignment: that throws where
// a program has frozen Error.prototype.
define(EventSourceError.prototype, "name", "EventSourceError");

/**
 * The error for what ended a connection; an `EventSourceError` stays as it is. `causeOf` says what to
 * keep of what was thrown.
 */
export function networkError(
  what: string,
  thrown: unknown,
  status?: number,
  causeOf: (thrown: unknown) => unknown = (thrown) => thrown,
): EventSourceError {
  if (thrown instanceof EventSourceError) return thrown;
  const message = `${what}: ${explain(thrown)}`;
  return new EventSourceError("network", message, { status, cause: causeOf(thrown) });
}
