/**
 * Events waiting for a `for await` loop.
 *
 * @module
 */

type Result = IteratorResult<MessageEvent, undefined>;

/**
 * An async iterator over events. It has no limit of its own: the source reads no further while any
 * queue holds events.
 */
export class EventQueue {
  /** Called when the consumer leaves the loop. */
  readonly #onReturn: () => void;
  #events: MessageEvent[] = [];
  #head = 0;
  readonly #waiting: ((result: Result | Promise<Result>) => void)[] = [];
  /** What to throw at the end; `null` for nothing, `undefined` before the end. */
  #error: Error | null | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  /** Resolves when the consumer has caught up; `undefined` if it is not behind. */
  get emptied(): Promise<void> | undefined {
    if (this.#head === this.#events.length) return undefined;
    return new Promise((resolve) => this.#onEmpty = resolve);
  }

  /** Adds an event. */
  push(event: MessageEvent): void {
    const resolve = this.#waiting.shift();
    if (resolve === undefined) this.#events.push(event);
    else resolve({ value: event, done: false });
  }

  /** Ends the queue. The loop first finishes its events, and then throws the error, if any. */
  end(error?: Error): void {
    if (this.#error !== undefined) return;
    this.#error = error ?? null;
    for (const resolve of this.#waiting.splice(0)) resolve(this.next());
  }

  next(): Promise<Result> {
    const value = this.#events[this.#head];
    if (value !== undefined) {
      this.#head++;
      if (this.#head === this.#events.length) this.#clear();
      return Promise.resolve({ value, done: false });
    }
    const error = this.#error;
    if (error === undefined) return new Promise((resolve) => this.#waiting.push(resolve));
    // Thrown once, as by a generator.
    this.#error = null;
    return error === null ? Promise.resolve({ value, done: true }) : Promise.reject(error);
  }

  /** The loop's view: only the source can add events or end the queue. */
  iterator(): AsyncIterableIterator<MessageEvent, undefined> {
    return {
      next: () => this.next(),
      return: () => {
        this.#clear();
        this.end();
        this.#error = null;
        this.#onReturn();
        return this.next();
      },
      [Symbol.asyncIterator](): AsyncIterableIterator<MessageEvent, undefined> {
        return this;
      },
    };
  }

  #clear(): void {
    this.#events = [];
    this.#head = 0;
    this.#onEmpty?.();
  }
}

/** All loops over one source. */
export class Loops {
  readonly #queues: EventQueue[] = [];

  get hasLoop(): boolean {
    return this.#queues.length > 0;
  }

  /** Resolves when a loop that is behind has caught up; `undefined` if none is behind. */
  get emptied(): Promise<void> | undefined {
    for (const { emptied } of this.#queues) if (emptied !== undefined) return emptied;
    return undefined;
  }

  add(queue: EventQueue): void {
    this.#queues.push(queue);
  }

  push(event: MessageEvent): void {
    for (const queue of this.#queues) queue.push(event);
  }

  end(error: Error | undefined): void {
    for (const queue of this.#queues.splice(0)) queue.end(error);
  }
}
