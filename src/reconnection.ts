/**
 * When to try again.
 *
 * @module
 */

import type { EventSourceErrorReason } from "./failure.ts";

/**
 * Whether the standard has a client try again ("reestablish the connection") rather than give up
 * ("fail the connection").
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#reestablish-the-connection}
 */
export function isRetried(reason: EventSourceErrorReason): boolean {
  return reason !== "status" && reason !== "content-type";
}

/** The longest delay that a timer of the platform keeps: a longer one fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Calls `callback` after `delay` milliseconds, however many those are.
 *
 * @returns A function that cancels the call.
 * @throws Whatever the platform throws where no timer can be set (the global scope of a Worker).
 */
export function startTimer(delay: number, callback: () => void): () => void {
  let rest = delay;
  let timer = setTimeout(next, Math.min(rest, LONGEST_TIMER));
  function next(): void {
    rest -= LONGEST_TIMER;
    if (rest > 0) timer = setTimeout(next, Math.min(rest, LONGEST_TIMER));
    else callback();
  }
  return () => clearTimeout(timer);
}
