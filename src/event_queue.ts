/**
 * Events waiting for a `for await` loop.
 *
 * @module
 */

type Result = IteratorResult<MessageEvent, undefined>;

/** What a queue tells its source. */
export interface EventQueueOwner {
  /** The consumer has caught up: the source may read on. */
  onEmpty(): void;
  /** The consumer wants no more. */
  onReturn(): void;
}

/**
 * An async iterator over events. It takes whatever is pushed: that it stays short is up to the
 * source, which reads no further while any queue holds events.
 */
export class EventQueue {
  readonly #owner: EventQueueOwner;
  #events: MessageEvent[] = [];
  #head = 0;
  readonly #waiting: { resolve(result: Result): void; reject(error: Error): void }[] = [];
  #ended = false;
  #error: Error | undefined;

  constructor(owner: EventQueueOwner) {
    this.#owner = owner;
  }

  /** Whether the consumer is behind. */
  get isBehind(): boolean {
    return this.#head < this.#events.length;
  }

  /** Adds an event. */
  push(event: MessageEvent): void {
    this.#events.push(event);
    this.#serve();
  }

  /** No event follows; with an error, the loop throws it once it has had the others. */
  end(error?: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    this.#serve();
  }

  next(): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#serve();
    });
  }

  return(): Promise<Result> {
    this.#events = [];
    this.#head = 0;
    this.#error = undefined;
    this.end();
    this.#owner.onReturn();
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

  /** Gives whoever waits what there is. */
  #serve(): void {
    while (this.#waiting.length > 0 && (this.isBehind || this.#ended)) {
      const { resolve, reject } = this.#waiting.shift()!;
      const value = this.#take();
      if (value !== undefined) {
        resolve({ value, done: false });
      } else if (this.#error !== undefined) {
        reject(this.#error);
        // Thrown once, as a generator would.
        this.#error = undefined;
      } else {
        resolve({ value, done: true });
      }
    }
  }

  #take(): MessageEvent | undefined {
    if (!this.isBehind) return undefined;
    const event = this.#events[this.#head++];
    if (!this.isBehind) {
      this.#events = [];
      this.#head = 0;
      this.#owner.onEmpty();
    }
    return event;
  }
}
