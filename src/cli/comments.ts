/**
 * Comments in their places among the messages.
 *
 * A comment is reported at once, while earlier messages may still wait to be printed. So it waits
 * until the last message that listeners saw before it is printed.
 *
 * @module
 */

import type { EventSource } from "../../mod.ts";

/**
 * The limit for waiting comments in UTF-16 code units, and how many each counts besides its text.
 * Reading pauses for messages only, so comments need a limit.
 */
const MOST = 1024 * 1024;
const OVERHEAD = 100;

/** The comments to print. */
export class Comments {
  readonly #print: (comment: string) => Promise<unknown>;
  readonly #waiting: { readonly text: string; readonly after: number }[] = [];
  #size = 0;
  /** The messages that listeners have seen, numbered from 1, and the last that was printed. */
  readonly #numbers = new WeakMap<Event, number>();
  #seen = 0;
  #printed = 0;
  /** How many were left out for lack of room. */
  dropped = 0;
  #done: Promise<void> = Promise.resolve();

  constructor(print: (comment: string) => Promise<unknown>) {
    this.#print = print;
  }

  /** Counts the messages of a type from now on; an existing listener is not added again. */
  watch(source: EventSource, type: string): void {
    source.addEventListener(type, this.#see);
  }

  readonly #see = (event: Event): void => {
    // An event of another class may have the type of a message.
    if (event instanceof MessageEvent) this.#numbers.set(event, ++this.#seen);
  };

  /** A comment has come. If no other waits, it is printed, however long it is. */
  add(text: string): void {
    const size = this.#size + text.length + OVERHEAD;
    if (this.#size > 0 && size > MOST) return void this.dropped++;
    this.#size = size;
    this.#waiting.push({ text, after: this.#seen });
    if (this.#printed === this.#seen) void this.flush();
  }

  /** Prints those whose turn has come, now that a message was printed or none follows. */
  flush(event?: Event): Promise<void> {
    this.#printed = event && this.#numbers.get(event) || this.#printed;
    return this.#done = this.#done.then(async () => {
      for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
        if (next.after > this.#printed) return;
        await this.#print(next.text);
        this.#waiting.shift();
        this.#size -= next.text.length + OVERHEAD;
      }
    });
  }
}
