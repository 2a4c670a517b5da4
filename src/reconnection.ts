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
  readonly maxAttempts: number;
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
  return reason !== "status" && reason !== "content-type";
}

/**
 * Counts attempts in a row: those since a connection last did some good, by a message or by staying
 * open for a time. A server that closes on purpose after each batch is waited for as it asks; one
 * that accepts connections and drops them is waited for longer and longer.
 */
export class Reconnection {
  readonly #policy: ReconnectionPolicy;
  #attempt = 0;
  /** When the present connection was opened; in no time yet, if there is none. */
  #openedAt = Infinity;
  #fruitful = false;

  constructor(policy: ReconnectionPolicy) {
    this.#policy = policy;
  }

  /** How many attempts in a row have ended. */
  get attempt(): number {
    return this.#attempt;
  }

  /** Whether the limit of attempts is what has ended them: one of 0 asks for none. */
  get gaveUp(): boolean {
    const { maxAttempts } = this.#policy;
    return maxAttempts > 0 && this.#attempt > maxAttempts;
  }

  /** A new row begins. */
  restart(): void {
    this.#attempt = 0;
  }

  /** A connection is open. */
  opened(): void {
    this.#openedAt = performance.now();
  }

  /** A message was dispatched. */
  dispatched(): void {
    this.#fruitful = true;
  }

  /** The attempt, or its connection, has ended. */
  ended(): void {
    const isStable = performance.now() - this.#openedAt >= this.#policy.stableAfter;
    this.#attempt = this.#fruitful || isStable ? 1 : this.#attempt + 1;
    this.#fruitful = false;
    this.#openedAt = Infinity;
  }

  /** How long to wait for the next attempt; `undefined` if there is to be none. */
  delay(error: EventSourceError, time: number, notBefore = 0): number | undefined {
    const { maxDelay, factor, jitter, maxAttempts, when } = this.#policy;
    if (this.#attempt > maxAttempts || !when(error)) return undefined;
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
