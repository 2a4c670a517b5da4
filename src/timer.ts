/**
 * Timers: one that cannot overflow, and one that silence sets off.
 *
 * @module
 */

/** The longest delay of a platform's timer: a longer one fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The last wait before silence counts, in milliseconds: several turns of an event loop. */
const LAST_CALL = 10;

/** How many timers are started within a millisecond. */
const MAX_BURST = 16;

/** How much earlier than asked timers fire by the clock, in milliseconds. */
const MAX_EARLY = 2;

/**
 * Calls `callback` after `delay` milliseconds, however many.
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

/**
 * Calls back once nothing has happened for a time. Timers alone decide, so that it works where timers
 * are faked and clocks are not: the clock only tells how busy the program is.
 */
export class IdleTimer {
  readonly #timeout: number;
  readonly #callback: () => void;
  #cancel: (() => void) | undefined;
  #startedAt = 0;
  /** How many calls of `touch` have started a timer within a millisecond. */
  #burst = 0;
  /** Whether something has happened that has started no timer. */
  #isTouched = false;

  /** Waits for `timeout` milliseconds of silence, from `resume` on. */
  constructor(timeout: number, callback: () => void) {
    this.#timeout = timeout;
    this.#callback = callback;
  }

  /** Something has happened. */
  touch(): void {
    // A timer costs up to a microsecond, so a fast stream starts one per millisecond.
    if (performance.now() - this.#startedAt >= 1) this.#burst = 0;
    else if (++this.#burst > MAX_BURST) return void (this.#isTouched = true);
    this.resume();
  }

  /** Stops counting silence, until `resume`. */
  stop(): void {
    this.#cancel?.();
  }

  /** Counts silence from now on. */
  resume(): void {
    this.#startedAt = performance.now();
    this.#isTouched = false;
    this.#start(this.#timeout, () => {
      if (this.#isTouched) return this.resume();
      const isFaked = performance.now() - this.#startedAt < this.#timeout - MAX_EARLY;
      if (isFaked) return this.#callback();
      // Bytes that came while the program was busy are read only now, after the timers.
      this.#start(LAST_CALL, this.#callback);
    });
  }

  #start(delay: number, callback: () => void): void {
    this.#cancel?.();
    this.#cancel = startTimer(delay, callback);
  }
}
