/**
 * Timers: one that cannot overflow, and one that silence sets off.
 *
 * @module
 */

/** The longest delay that a timer of the platform keeps: a longer one fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** How long silence is listened to once more, in milliseconds: several turns of an event loop. */
const LAST_CALL = 10;

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

/** Calls back once nothing has happened for a time. */
export class IdleTimer {
  readonly #timeout: number;
  readonly #callback: () => void;
  #cancel: () => void;
  #last: number = performance.now();
  #suspended = false;
  /** The value of `#last` at which silence was listened to once more. */
  #lastAtCall: number | undefined;

  /** Starts to wait for `timeout` milliseconds of silence. */
  constructor(timeout: number, callback: () => void) {
    this.#timeout = timeout;
    this.#callback = callback;
    this.#cancel = startTimer(timeout, this.#check);
  }

  /** Something has happened. Only noted: to set a timer anew for each chunk would cost more. */
  touch(): void {
    this.#last = performance.now();
  }

  /** From here to `resume`, silence does not count. */
  suspend(): void {
    this.#suspended = true;
  }

  resume(): void {
    this.#suspended = false;
    this.touch();
  }

  stop(): void {
    this.#cancel();
  }

  readonly #check = (): void => {
    const rest = this.#suspended ? this.#timeout : this.#timeout - (performance.now() - this.#last);
    // What came while the program was busy is read only now, and timers come before it.
    if (rest > 0) {
      this.#cancel = startTimer(rest, this.#check);
    } else if (this.#lastAtCall !== this.#last) {
      this.#lastAtCall = this.#last;
      this.#cancel = startTimer(LAST_CALL, this.#check);
    } else {
      this.#callback();
    }
  };
}
