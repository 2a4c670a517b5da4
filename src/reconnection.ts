/**
 * Whether and when to try again.
 *
 * @module
 */

import type { EventSourceError } from "./errors.ts";
import { startTimer } from "./timer.ts";

/** The options of reconnection, with defaults in place. */
export interface ReconnectionPolicy {
  readonly delay: number;
  readonly maxDelay: number;
  readonly factor: number;
  readonly jitter: number;
  readonly stableAfter: number;
  readonly maxRetries: number;
  readonly when: (error: EventSourceError) => boolean;
}

/** The longest `Retry-After` that counts, in milliseconds. */
const LONGEST_RETRY_AFTER = 3_600_000;

/** The shortest wait that a server can set, in milliseconds, so that none can cause a hot loop. */
const SHORTEST_RETRY = 100;

/**
 * Whether the standard says to try again ("reestablish the connection") rather than give up ("fail
 * the connection").
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#reestablish-the-connection}
 */
export function isRetried({ reason }: EventSourceError): boolean {
  return !/^(status|content-type|limit|unsupported)$/.test(reason);
}

/**
 * Counts consecutive attempts: those since a connection last brought a message with data, or stayed
 * open for a time. So a server that closes after each batch is asked again after its own `retry`, and
 * one that accepts connections and drops them less and less often.
 */
export class Reconnection {
  readonly #policy: ReconnectionPolicy;
  /** How many consecutive attempts have ended. */
  attempt = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(policy: ReconnectionPolicy) {
    this.#policy = policy;
  }

  /** Whether the attempts have reached the limit; with a limit of 0, the end is no failure. */
  get gaveUp(): boolean {
    const { maxRetries } = this.#policy;
    return maxRetries > 0 && this.attempt > maxRetries;
  }

  /** The next attempt is counted as the first. */
  restart(): void {
    this.stop();
    this.attempt = 0;
  }

  /** A connection is open. */
  opened(): void {
    // A first attempt leaves nothing to be forgotten.
    if (this.attempt === 0) return;
    this.#cancelTimer = startTimer(this.#policy.stableAfter, () => this.attempt = 0);
  }

  /** A message was dispatched. Some servers begin with an empty one that has an id. */
  dispatched(data: string): void {
    if (data !== "") this.attempt = 0;
  }

  /** The attempt, or its connection, has ended. */
  ended(): void {
    this.stop();
    this.attempt++;
  }

  /** Cancels the timer. */
  stop(): void {
    this.#cancelTimer?.();
  }

  /** How long to wait for the next attempt; `undefined` if there is to be none. */
  delay(error: EventSourceError, time: number, notBefore = 0): number | undefined {
    const { delay, maxDelay, factor, jitter, maxRetries, when } = this.#policy;
    // Retrying these is pointless: `when` is not asked.
    const isHopeless = /^(limit|unsupported)$/.test(error.reason);
    if (isHopeless || this.attempt > maxRetries || !when(error)) return undefined;
    const asked = Math.max(time, Math.min(delay, SHORTEST_RETRY));
    // From the second on, no wait is 0, since 0 stays 0 however often it is multiplied.
    const base = this.attempt > 1 ? Math.max(asked, 1) : asked;
    const backedOff = Math.min(base * factor ** (this.attempt - 1), Math.max(maxDelay, asked));
    const wait = Math.max(backedOff, Math.min(notBefore - Date.now(), LONGEST_RETRY_AFTER));
    // Jitter only adds: never sooner than the server asked.
    return Math.ceil(wait * (1 + jitter * Math.random()));
  }
}

/**
 * The time until which a `Retry-After` header asks to wait, in milliseconds since the epoch; 0 if it
 * asks for nothing.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3}
 */
export function retryAfter(value: string | null): number {
  if (value === null) return 0;
  return (/^\d+$/.test(value) ? Date.now() + Number(value) * 1000 : Date.parse(value)) || 0;
}
