/**
 * Why an attempt or a connection ended: thrown where it is noticed, told to the user in the end.
 *
 * @module
 */

import type { TransportResponse } from "./transports/transport.ts";
import { showUrlText } from "./request/url.ts";
import { visible } from "./shown.ts";

/**
 * Why a connection, or an attempt at one, ended.
 *
 * - `"network"`: no connection, no response, or one that broke off, that redirects too often or to
 *   what is no `http:` or `https:` URL, or whose encoding is not decoded.
 * - `"status"`: the response's status was not 200.
 * - `"content-type"`: the response was not an event stream.
 * - `"closed"`: the server ended the stream.
 * - `"idle"`: nothing came for `idleTimeout`.
 * - `"limit"`: a line and its event outgrew `maxBufferSize`.
 * - `"request"`: the request could not be made.
 */
export type EventSourceErrorReason =
  | "network"
  | "status"
  | "content-type"
  | "closed"
  | "idle"
  | "limit"
  | "request";

/** The error of an `error` event: for logs, and for code that decides by reason or status. */
export interface EventSourceError extends Error {
  /** Why the connection, or the attempt at one, ended. */
  readonly reason: EventSourceErrorReason;
  /** The response's status; `undefined` where there was no response. */
  readonly status: number | undefined;
}

/** What there is to say of a failure besides; an `Error` takes its cause from here too. */
export interface FailureDetails {
  readonly cause?: unknown;
  /** The response that was rejected, its body unread. */
  readonly response?: TransportResponse;
  /** The status of the response that it is about, where the connection knows of none. */
  readonly status?: number;
  /** Whether another attempt cannot fare better, whatever the user says. */
  readonly final?: boolean;
}

/** The end of an attempt or a connection, as it is thrown inside this library. */
export class Failure extends Error {
  readonly reason: EventSourceErrorReason;
  readonly details: FailureDetails;

  constructor(reason: EventSourceErrorReason, message: string, details: FailureDetails = {}) {
    super(message, details);
    this.reason = reason;
    this.details = details;
  }

  /** The same for the user. */
  toError(status: number | undefined = this.details.status): EventSourceError {
    const error = new Error(this.message, this.details);
    const members = { name: "EventSourceError", reason: this.reason, status };
    // Defined: where a program has frozen `Error.prototype`, no name can be assigned.
    return Object.defineProperties(error, Object.getOwnPropertyDescriptors(members)) as
      & typeof members
      & Error;
  }
}

/** The URLs that runtimes repeat in their errors. Servers choose them too, by redirects. */
const REPEATED_URL = /\bhttps?:\/\/[^\s"<>]+/gi;

/** What follows such a URL in a sentence. Looked for where it may begin alone: any run is long. */
const PUNCTUATION = /(?<![).,:;])[).,:;]+$/;

/** How much is repeated of what was thrown, in code units: there may be no end to it. */
const MOST = 1000;

/** An error may be its own cause. */
const MAX_CAUSES = 4;

/**
 * What was thrown, in words: some runtimes put the telling part into the cause ("fetch failed").
 */
export function explain(thrown: unknown): string {
  try {
    let text = describe(thrown);
    let { cause } = Object(thrown);
    for (let depth = 0; cause instanceof Error && depth < MAX_CAUSES; depth++, { cause } = cause) {
      const why = describe(cause);
      if (!text.includes(why)) text += `: ${why}`;
    }
    // In one line: OpenSSL's end with a line break.
    const line = text.replace(REPEATED_URL, showRepeated).replace(/\s+/g, " ").trim();
    return visible(line.length > MOST ? `${line.slice(0, MOST)}...` : line);
  } catch {
    // What users throw may refuse to be read.
    return "something was thrown that cannot be shown";
  }
}

function showRepeated(found: string): string {
  const url = found.replace(PUNCTUATION, "");
  return showUrlText(url) + found.slice(url.length);
}

/** An AggregateError (every address of a host refused) has a code and no message. */
function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return String(thrown.message || ("code" in thrown && thrown.code) || thrown.name);
}
