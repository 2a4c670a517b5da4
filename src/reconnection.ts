/**
 * Whether and when to try again.
 *
 * @module
 */

import type { EventSourceError } from "./errors.ts";

/** The part of the options that this is about, with defaults in place. */
export interface ReconnectionPolicy {
  readonly delay: number;
  readonly maxDelay: number;
  readonly factor: number;
  readonly jitter: number;
  readonly stableAfter: number;
  readonly maxRetries: number;
  readonly when: (error: EventSourceError) => boolean;
}

/** The longest that a `Retry-After` is obeyed, in milliseconds. */
const LONGEST_RETRY_AFTER = 60 * 60 * 1000;

/**
 * Whether the standard has a client try again ("reestablish the connection") rather than give up
 * ("fail the connection").
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#reestablish-the-connection}
 */
export function isRetried({ reason }: EventSourceError): boolean {
  return !/^(status|content-type)$/.test(reason) && !isHopeless(reason);
}

/** Whether retrying is pointless, so that nobody is asked. */
function isHopeless(reason: EventSourceError["reason"]): boolean {
  return reason === "limit" || reason === "unsupported";
}

/**
 * Counts consecutive attempts: those since a connection last brought a message or stayed open for a
 * time. A server that closes on purpose after each batch is waited for as it asks; one that accepts
 * connections and drops them is waited for longer and longer.
 */
export class Reconnection {
  readonly #policy: ReconnectionPolicy;
  #attempt = 0;
  /** When the current connection opened; Infinity if none is open. */
  #openedAt = Infinity;
  #gotMessage = false;

  constructor(policy: ReconnectionPolicy) {
    this.#policy = policy;
  }

  /** How many consecutive attempts have ended. */
  get attempt(): number {
    return this.#attempt;
  }

  /** Whether the attempts have reached the limit; a limit of 0 is no surrender. */
  get gaveUp(): boolean {
    const { maxRetries } = this.#policy;
    return maxRetries > 0 && this.#attempt > maxRetries;
  }

  /** The next attempt is counted as the first. */
  restart(): void {
    this.#attempt = 0;
  }

  /** A connection is open. */
  opened(): void {
    this.#openedAt = performance.now();
  }

  /** A message was dispatched. */
  dispatched(): void {
    this.#gotMessage = true;
  }

  /** The attempt, or its connection, has ended. */
  ended(): void {
    const isStable = performance.now() - this.#openedAt >= this.#policy.stableAfter;
    this.#attempt = this.#gotMessage || isStable ? 1 : this.#attempt + 1;
    this.#gotMessage = false;
    this.#openedAt = Infinity;
  }

  /** How long to wait for the next attempt; `undefined` if there is to be none. */
  delay(error: EventSourceError, time: number, notBefore = 0): number | undefined {
    const { maxDelay, factor, jitter, maxRetries, when } = this.#policy;
    if (isHopeless(error.reason) || this.#attempt > maxRetries || !when(error)) return undefined;
    // From the second on, no wait is 0: that would stay 0, however often it is multiplied.
    const base = this.#attempt > 1 ? Math.max(time, 1) : time;
    const growth = Math.min(factor ** (this.#attempt - 1), Number.MAX_SAFE_INTEGER);
    const backedOff = Math.min(base * growth, Math.max(maxDelay, time));
    const wait = Math.max(backedOff, Math.min(notBefore - Date.now(), LONGEST_RETRY_AFTER));
    // Added, not spread around it: never sooner than the server asked.
    return Math.ceil(wait * (1 + jitter * Math.random()));
  }
}

/**
 * The time until which a `Retry-After` header asks to wait, in milliseconds since the epoch; 0
 * where it asks for nothing.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3}
 */
export function retryAfter(value: string | null): number {
  if (value === null) return 0;
  const time = /^\d+$/.test(value) ? Date.now() + Number(value) * 1000 : Date.parse(value);
  return time > 0 ? time : 0;
}
