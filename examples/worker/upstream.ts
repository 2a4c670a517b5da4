/**
 * The connection to the upstream, and when to try again.
 *
 * @module
 */

import { EventSource, EventSourceErrorEvent } from "@x/eventsource";
import { type Env, upstreamHeaders } from "./env.ts";

/** The first wait, unless the upstream asks for another, in milliseconds. */
const FIRST_WAIT = 1000;

/** The longest wait, unless the upstream asks for more, in milliseconds. */
const LONGEST_WAIT = 60_000;

/** A connection that has stayed open for so long was a good one, in milliseconds. */
const STABLE = 5000;

/** How long a reader waits for the upstream's answer before it is served what is stored. */
const FIRST_ANSWER = 3000;

/** The most that one event may hold before it is read, in UTF-16 code units. */
const LARGEST_UNREAD = 4 * 1024 * 1024;

/** What the upstream's events are handed to. */
export interface Receiver {
  /** The upstream's id to go on from; empty if there is none. */
  lastId(): string;
  /** A connection is open. */
  opened(): void;
  /** The upstream reads on once this is done. */
  receive(event: MessageEvent): Promise<void> | void;
  /** An event was too large to be read: the next connection has to go on after it. */
  skipped(): Promise<void>;
  /** The upstream does not want to be asked again. */
  refused(): void;
}

/** The last failure, as it is stored. */
interface Failure extends Record<string, SqlStorageValue> {
  /** How many there have been, one after another. */
  readonly count: number;
  /** The time before which the upstream is not asked again. */
  readonly until: number;
  /** The status to pass on, if the upstream has refused; otherwise 0. */
  readonly status: number;
}

/**
 * One connection at a time, and one backoff for all who ask. The wait is in the storage: neither a
 * restart nor a reader that comes back shortens it.
 */
export class Upstream {
  readonly #ctx: DurableObjectState;
  readonly #env: Env;
  readonly #receiver: Receiver;
  #failure: Failure = { count: 0, until: 0, status: 0 };
  #source: EventSource | undefined;
  /** Resolves once the present connection is open, or has failed. */
  #answered: Promise<void> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: Env, receiver: Receiver) {
    this.#ctx = ctx;
    this.#env = env;
    this.#receiver = receiver;
    const { sql } = ctx.storage;
    sql.exec(`
      CREATE TABLE IF NOT EXISTS failure (
        only INTEGER PRIMARY KEY, count INTEGER, until INTEGER, status INTEGER
      )
    `);
    const [failure] = sql.exec<Failure>("SELECT count, until, status FROM failure");
    if (failure !== undefined) this.#failure = failure;
  }

  /**
   * Connects, unless it is connected or has to wait. Returns a response if there is nothing to
   * follow: the upstream has refused.
   */
  async connect(): Promise<Response | undefined> {
    // Otherwise the alarm is set.
    if (this.#source === undefined && Date.now() >= this.#failure.until) this.#open();
    await this.#answered;
    const { until, status } = this.#failure;
    if (this.#source !== undefined || status === 0) return undefined;
    const wait = Math.max(1, Math.ceil((until - Date.now()) / 1000));
    return new Response(null, { status, headers: { "Retry-After": `${wait}` } });
  }

  /** Disconnects. */
  close(): void {
    this.#source?.close();
    this.#source = undefined;
  }

  #open(): void {
    const source = new EventSource(this.#env.UPSTREAM, {
      headers: upstreamHeaders(this.#env),
      lastEventId: this.#receiver.lastId(),
      maxBufferSize: LARGEST_UNREAD,
      // Each failure is to say how long to wait: `retry`, `Retry-After` and chance are in that.
      reconnection: { delay: FIRST_WAIT, jitter: 0.5, when: () => true },
    });
    this.#source = source;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#answered = promise;
    setTimeout(resolve, FIRST_ANSWER);
    this.#follow(source, resolve).then(resolve);
  }

  async #follow(source: EventSource, onAnswer: () => void): Promise<void> {
    let openedAt = Infinity;
    let gotEvent = false;
    let failure: EventSourceErrorEvent | undefined;
    source.addEventListener("open", (event) => {
      // A message may be of that type.
      if (event instanceof MessageEvent) return;
      openedAt = Date.now();
      this.#receiver.opened();
      onAnswer();
    });
    source.addEventListener("error", (event) => {
      if (!(event instanceof EventSourceErrorEvent)) return;
      failure = event;
      // It would try again; here, the alarm does.
      source.close();
    });
    try {
      for await (const event of source) {
        gotEvent = true;
        await this.#receiver.receive(event);
      }
    } catch (error) {
      // Without a failure it is the storage that has failed: nothing in memory is to be trusted.
      if (failure === undefined) this.#ctx.abort(`${error}`);
    }
    if (source !== this.#source || failure === undefined) return;
    console.error(`The upstream has failed: ${failure.message}`);
    if (failure.reason === "limit") await this.#receiver.skipped();
    this.#source = undefined;
    const isGood = gotEvent || Date.now() - openedAt >= STABLE;
    await this.#wait(failure, isGood ? 1 : this.#failure.count + 1);
  }

  /** Stores when to try again. If the upstream has refused, the next reader does, else the alarm. */
  async #wait(failure: EventSourceErrorEvent, count: number): Promise<void> {
    // What is too large is skipped; otherwise, nothing is likely to change soon.
    const { delay = failure.reason === "limit" ? FIRST_WAIT : LONGEST_WAIT } = failure;
    const until = Date.now() + Math.max(delay, Math.min(delay * 2 ** (count - 1), LONGEST_WAIT));
    const status = refusal(failure);
    this.#failure = { count, until, status };
    const { sql } = this.#ctx.storage;
    sql.exec("INSERT OR REPLACE INTO failure VALUES (1, ?, ?, ?)", count, until, status);
    if (status === 0) await this.#ctx.storage.setAlarm(until);
    else this.#receiver.refused();
  }
}

/** What to tell readers; 0 if another attempt may do. */
function refusal({ reason, status = 0 }: EventSourceErrorEvent): number {
  if (reason === "content-type") return 502;
  if (reason !== "status" || status === 429 || status >= 500) return 0;
  // 204 says: do not come back.
  return status === 204 || status >= 400 ? status : 502;
}
