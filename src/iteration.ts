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
  #ended = false;
  #error: Error | undefined;
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
    // Thrown once, as by a generator.
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

  /** The loop's view: only the source can add events or end the queue. */
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
