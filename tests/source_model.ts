/**
 * A slow, literal reading of what a source does: what `EventSource` is compared with, where a
 * server and a program do things in an order that nobody has thought of.
 *
 * @module
 */

import { interpret } from "./reference.ts";

/** So long a wait that no run sees its end; any other is over at once. */
export const FOREVER: number = 1_000_000;

/** What a program does to its source: by itself, or in a listener after some events. */
export type Act = "close" | "reconnect" | "reset";

/** What arrives on a connection: a chunk, its end, or its failure. */
export type Arrival = Uint8Array | "closed" | "network";

/** What a source has done so far, as far as it shows. */
export interface Seen {
  /** Events, with the state in which they found the source. */
  readonly events: string[];
  /** For each request: the number of the attempt, the id it is sent with. */
  readonly requests: string[];
  /** What each loop has got, and how it ended. */
  readonly loops: string[][];
}

/** What the standard and the documents have a source do. */
export class Model implements Seen {
  readonly events: string[] = [];
  readonly requests: string[] = [];
  readonly loops: string[][] = [];
  readyState = 0;
  lastEventId = "";
  reconnectionTime = 0;
  isHeld = false;
  readonly #maxRetries: number;
  /** Whether there is a request, answered or not, and whether its answer has ended. */
  #isConnected = false;
  #isEnding = false;
  #attempt = 0;
  #gotMessage = false;
  /** What has been read and not reset, what it began with, and how much of it has been noted. */
  #read: number[] = [];
  #startId = "";
  #dispatched = 0;
  #retries = 0;
  #arrivals: Arrival[] = [];
  #plan: { act: Act; after: number } | undefined;
  /** For each loop: how many events wait for it, besides the one that it has asked for. */
  #waiting: number[] = [];
  #outcome = "";

  constructor(maxRetries: number) {
    this.#maxRetries = maxRetries;
    this.#connect();
  }

  get isAsked(): boolean {
    return this.#isConnected && this.readyState === 0;
  }

  get isOpen(): boolean {
    return this.readyState === 1 && !this.#isEnding;
  }

  /** How many requests go on. */
  get openCount(): number {
    return Number(this.#isConnected && !this.#isEnding);
  }

  answer(status: number): void {
    if (status === 0) return this.#fail("network");
    if (status !== 200) return this.#fail("status");
    this.readyState = 1;
    this.reset();
    this.#dispatch("open");
  }

  arrive(arrivals: readonly Arrival[]): void {
    // A body that fails takes with it what nobody has read.
    if (arrivals.includes("network")) this.#arrivals = [];
    this.#isEnding = arrivals.some((arrival) => typeof arrival === "string");
    this.#arrivals.push(...arrivals);
    this.#readOn();
  }

  plan(act: Act, after: number): void {
    this.#plan = { act, after };
  }

  loop(): void {
    this.loops.push([]);
    this.#waiting.push(-1);
    if (this.readyState === 2) this.loops.at(-1)!.push(this.#outcome);
  }

  hold(isHeld: boolean): void {
    this.isHeld = isHeld;
    if (isHeld) return;
    this.#waiting.fill(-1);
    this.#readOn();
  }

  perform(act: Act): void {
    if (act === "reset") return this.reset();
    if (act === "close") return this.#close("done");
    if (this.readyState === 2) return;
    if (this.readyState === 1) this.#attempt = 0;
    this.#gotMessage = false;
    this.readyState = 0;
    this.#connect();
  }

  reset(): void {
    this.#read = [];
    this.#startId = this.lastEventId;
    this.#dispatched = this.#retries = 0;
  }

  #connect(): void {
    this.#isConnected = true;
    this.#isEnding = false;
    this.#arrivals = [];
    this.requests.push(`${this.#attempt} ${this.lastEventId}`);
  }

  #readOn(): void {
    while (this.readyState === 1 && !this.#waiting.some((count) => count > 0)) {
      const arrival = this.#arrivals.shift();
      if (arrival === undefined) return;
      if (typeof arrival === "string") this.#fail(arrival);
      else this.#readChunk(arrival);
    }
  }

  /** Byte by byte: what a listener does away with is the rest of the chunk. */
  #readChunk(chunk: Uint8Array): void {
    const connection = this.requests.length;
    for (const byte of chunk) {
      const read = this.#read;
      read.push(byte);
      const prefix = new TextEncoder().encode(`id: ${this.#startId}\n\n`);
      const { events, retries, lastEventId } = interpret(Uint8Array.of(...prefix, ...read));
      if (retries.length > this.#retries) this.reconnectionTime = retries.at(-1)!;
      this.#retries = retries.length;
      this.lastEventId = lastEventId;
      const event = events[this.#dispatched];
      if (event === undefined) continue;
      this.#dispatched++;
      if (event.data !== "") this.#gotMessage = true;
      const text = `${event.type} ${event.data} ${event.lastEventId}`;
      for (const [index, loop] of this.loops.entries()) {
        loop.push(text);
        if (this.isHeld) this.#waiting[index]!++;
      }
      this.#dispatch(text);
      if (connection !== this.requests.length || read !== this.#read) return;
      if (this.readyState !== 1) return;
    }
  }

  #fail(reason: string): void {
    this.#isConnected = false;
    this.#attempt = this.#gotMessage ? 1 : this.#attempt + 1;
    this.#gotMessage = false;
    const gaveUp = this.#attempt > this.#maxRetries;
    const willReconnect = reason !== "status" && !gaveUp;
    this.readyState = 0;
    // Nothing is wrong with the end of a stream that is not to be opened again.
    const isDone = reason === "closed" && this.#maxRetries === 0;
    if (!willReconnect) this.#close(isDone ? "done" : reason);
    const connection = this.requests.length;
    this.#dispatch(`error ${reason} ${this.#attempt} ${willReconnect}`);
    const isWaiting = willReconnect && this.readyState === 0 &&
      connection === this.requests.length;
    if (isWaiting && this.reconnectionTime < FOREVER) this.#connect();
  }

  #close(outcome: string): void {
    if (this.readyState === 2) return;
    this.readyState = 2;
    this.#isConnected = false;
    this.#outcome = outcome;
    for (const loop of this.loops) loop.push(outcome);
  }

  #dispatch(event: string): void {
    this.events.push(`${this.readyState} ${event}`);
    if (this.#plan === undefined || this.#plan.after-- > 0) return;
    const { act } = this.#plan;
    this.#plan = undefined;
    this.perform(act);
  }
}
