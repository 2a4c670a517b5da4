/**
 * Comments in their places among the messages.
 *
 * A comment is told at once, when the messages before it may still wait for their turn. So each
 * waits until as many messages have been printed as had been dispatched before it.
 *
 * @module
 */

/** How many comments may wait: reading pauses for messages alone, and memory is not to grow. */
const MOST = 1000;

/** The comments that are to be printed. */
export class Comments {
  readonly #print: (comment: string) => Promise<unknown>;
  readonly #waiting: { readonly text: string; readonly after: number }[] = [];
  #dispatched = 0;
  #printed = 0;
  #dropped = 0;
  /** Resolves when those whose turn has come are printed. */
  #done: Promise<void> = Promise.resolve();

  constructor(print: (comment: string) => Promise<unknown>) {
    this.#print = print;
  }

  /** How many there was no room for, since nobody took the output. */
  get dropped(): number {
    return this.#dropped;
  }

  /** A message was dispatched, and waits to be printed. */
  messageDispatched(): void {
    this.#dispatched++;
  }

  /** A comment has come. */
  add(text: string): void {
    if (this.#waiting.length >= MOST) {
      this.#dropped++;
      return;
    }
    this.#waiting.push({ text, after: this.#dispatched });
    if (this.#printed === this.#dispatched) this.print();
  }

  /** A message was printed. */
  messagePrinted(): Promise<void> {
    this.#printed++;
    return this.print();
  }

  /** Prints those that come before the next message. */
  print(): Promise<void> {
    return this.#done = this.#done.then(async () => {
      for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
        if (next.after > this.#printed) return;
        this.#waiting.shift();
        await this.#print(next.text);
      }
    });
  }
}
