/**
 * Timers: one that cannot overflow, and one that silence sets off.
 *
 * @module
 */

/** The longest delay of a platform's timer: a longer one fires at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * How many turns of the event loop bytes that have come may take to be read: one was the most that was
 * seen. In a hidden page, Chromium has each timer of a chain wait for a minute from the fifth on.
 */
const LAST_CALLS = 3;

/** From how many milliseconds on a timer is late because the program was busy. */
const LATE = 10;

/**
 * How long bytes may then take, in milliseconds: Firefox passes them from one process to another, and
 * needed more than three turns on a loaded machine.
 */
const CATCH_UP = 100;

/** Where timers are faked, or replaced since the import, no clock tells whether one is late. */
const platformTimer = setTimeout;

/** How many timers are started within a millisecond. */
const MAX_BURST = 16;

/**
 * Calls `callback` after `delay` milliseconds, however many.
 *
 * @returns A function that cancels the call.
 * @throws Whatever the platform throws where no timer can be set (the global scope of a Worker).
 */
export function startTimer(delay: number, callback: () => void): () => void {
  let timer: ReturnType<typeof setTimeout>;
  function wait(rest: number): void {
    const part = Math.min(rest, LONGEST_TIMER);
    timer = setTimeout(() => rest > part ? wait(rest - part) : callback(), part);
  }
  wait(delay);
  return () => clearTimeout(timer);
}

/** What {@linkcode idleTimer} returns. */
export interface IdleTimer {
  /** Something has happened. */
  touch(): void;
  /** Stops counting silence, until `resume`. */
  stop(): void;
  /** Counts silence from now on. */
  resume(): void;
}

/**
 * Calls back once nothing has happened for `timeout` milliseconds, from `resume` on. Timers alone
 * decide, so that it works where timers are faked and clocks are not: the clock only tells how fast
 * the stream is, and whether the program was busy.
 */
export function idleTimer(timeout: number, callback: () => void): IdleTimer {
  let cancel: (() => void) | undefined;
  let startedAt = 0;
  /** How many calls of `touch` have come within a millisecond. */
  let burst = 0;
  /** Whether something has happened that has started no timer. */
  let isTouched = false;

  function touch(): void {
    // A timer costs up to a microsecond, so a fast stream starts few per millisecond.
    if (performance.now() - startedAt >= 1) burst = 0;
    if (++burst > MAX_BURST) isTouched = true;
    else resume();
  }

  function stop(): void {
    cancel?.();
  }

  function resume(): void {
    isTouched = false;
    wait(timeout, LAST_CALLS);
  }

  // Bytes that came while the program was busy are read only after an overdue timer.
  function wait(delay: number, lastCalls: number): void {
    stop();
    startedAt = performance.now();
    cancel = startTimer(delay, () => {
      if (isTouched) {
        resume();
      } else if (lastCalls > 0) {
        wait(
          performance.now() - startedAt > delay + LATE && setTimeout === platformTimer
            ? CATCH_UP
            : 0,
          lastCalls - 1,
        );
      } else {
        callback();
      }
    });
  }

  return { touch, stop, resume };
}
