/**
 * Events waiting for a `for await` loop.
 *
 * @module
 */

type Result = IteratorResult<MessageEvent, undefined>;

/**
 * An async iterator over events. It takes whatever is pushed: that it stays short is up to the
 * source, which reads no further while any queue holds events.
 */
export class EventQueue {
  /** Called when the consumer wants no more. */
  readonly #onReturn: () => void;
  #events: MessageEvent[] = [];
  #head = 0;
  readonly #waiting: ((result: Result | Promise<Result>) => void)[] = [];
  #ended = false;
  #error: Error | undefined;
  #onEmpty: () => void = () => {};

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

  /** No event follows; with an error, the loop throws it once it has had the others. */
  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const resolve of this.#waiting.splice(0)) resolve(this.next());
  }

  next(): Promise<Result> {
    const event = this.#take();
    if (event !== undefined) return Promise.resolve({ value: event, done: false });
    if (!this.#ended) return new Promise((resolve) => this.#waiting.push(resolve));
    const error = this.#error;
    // Thrown once, as a generator would.
    this.#error = undefined;
    if (error !== undefined) return Promise.reject(error);
    return Promise.resolve({ value: undefined, done: true });
  }

  return(): Promise<Result> {
    this.#clear();
    this.#error = undefined;
    this.end();
    this.#onReturn();
    return this.next();
  }

  /** What the loop gets: to add and to end is the source's alone. */
  iterator(): AsyncIterableIterator<MessageEvent, undefined> {
    return {
      next: () => this.next(),
      return: () => this.return(),
      [Symbol.asyncIterator](): AsyncIterableIterator<MessageEvent, undefined> {
        return this;
      },
    };
  }

  #take(): MessageEvent | undefined {
    const event = this.#events[this.#head];
    if (event === undefined) return undefined;
    this.#head++;
    if (this.#head === this.#events.length) this.#clear();
    return event;
  }

  #clear(): void {
    this.#events = [];
    this.#head = 0;
    this.#onEmpty();
  }
}

/** All loops over one source. */
export class Loops {
  readonly #queues: EventQueue[] = [];

  get isEmpty(): boolean {
    return this.#queues.length === 0;
  }

  /** What to wait for before anything more is read: a loop that is behind. */
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
