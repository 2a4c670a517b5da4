/**
 * An object that serves a bounded number of readers.
 *
 * @module
 */

import { EventSource, type EventSourceError } from "@x/eventsource";
import { DurableObject } from "cloudflare:workers";
import { join, type Page } from "./batches.ts";
import { encodeEvent } from "./encode.ts";
import type { Env } from "./env.ts";
import { Readers } from "./readers.ts";

/**
 * The most that is handed to a reader at a time, in bytes. There may be many that are slow, and
 * workerd keeps about 20 chunks of each of them.
 */
const CHUNK = 2 * 1024;

/** How long a reader waits for a log that does not answer, in milliseconds. */
const PATIENCE = 5000;

/** How long the log's refusal is passed on before it is asked again, in milliseconds. */
const REFUSED = 1000;

/**
 * How long a reader that was cut off waits before it reconnects, in milliseconds: at random between
 * these.
 */
const RETRY = { least: 250, most: 1250 };

/** A connection to the log. */
interface Connection {
  readonly source: EventSource;
  /** Resolves once all that the log had is here; with a status if the log has refused. */
  readonly ready: Promise<number | undefined>;
}

/**
 * Follows the log as long as there are readers, and sends each event to all of them.
 *
 * It keeps everything in memory. After a restart it reads the log again, and its readers reconnect
 * with their last ids.
 */
export class Relay extends DurableObject<Env> {
  readonly #readers: Readers;
  readonly #log: Fetcher;
  #connection: Connection | undefined;
  /** The events that have come together. */
  #parts: Uint8Array[] = [];
  #timer: number | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#log = env.LOG.get(env.LOG.idFromName("log"));
    this.#readers = new Readers({
      page: (position) => this.#page(position),
      chunk: CHUNK,
      heartbeat: env.HEARTBEAT,
      retry: RETRY,
      onEmpty: () => void setTimeout(() => this.#leave(), env.LINGER),
    });
  }

  /** Answers a reader: with 503 if there is no place, with the log's refusal if there is one. */
  override async fetch(request: Request): Promise<Response> {
    this.#connection ??= this.#connect();
    const status = await Promise.race([
      this.#connection.ready,
      new Promise<number>((resolve) => setTimeout(() => resolve(503), PATIENCE)),
    ]);
    if (status !== undefined) return new Response(null, { status });
    if (this.#readers.size >= this.env.READERS) return new Response(null, { status: 503 });
    return this.#readers.open(request.headers.get("Last-Event-ID"));
  }

  #connect(): Connection {
    const { newest } = this.#readers;
    const source = new EventSource("https://log/follow", {
      fetch: (url, init) => this.#log.fetch(url, init),
      lastEventId: newest > 0 ? `${newest}` : "",
      // The log sends heartbeats, like the relay.
      idleTimeout: 3 * this.env.HEARTBEAT,
      reconnection: {
        // Meanwhile, all its readers wait. A log that was restarted is there at once.
        delay: 100,
        maxDelay: 5000,
        jitter: 1,
        when: ({ reason, status = 0 }) => reason !== "status" || status >= 500,
      },
    });
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    let target = Infinity;
    const check = (): void => {
      if (this.#readers.newest >= target) resolve(undefined);
    };
    source.addEventListener("open", ({ headers }) => {
      if (headers === undefined) return;
      target = Math.min(target, Number(headers.get("Feed-Newest")));
      check();
    });
    this.#follow(source, check).catch(({ status = 502 }: EventSourceError) => {
      resolve(status);
      // It may have been ready before.
      this.#connection = { source, ready: Promise.resolve(status) };
      this.#readers.closeAll();
      setTimeout(() => {
        if (this.#connection?.source === source) this.#connection = undefined;
      }, REFUSED);
    });
    return { source, ready: promise };
  }

  async #follow(source: EventSource, onBatch: () => void): Promise<void> {
    for await (const { lastEventId, type, data } of source) {
      const id = Number(lastEventId);
      if (id !== this.#readers.newest + this.#parts.length + 1) {
        // These do not follow the last event: too many have come since the last connection.
        this.#flush();
        this.#readers.reset(type === "gap" ? id : id - 1);
        if (type === "gap") continue;
      }
      this.#parts.push(encodeEvent({ id, type, data }));
      // After all events that arrived together.
      this.#timer ??= setTimeout(() => {
        this.#flush();
        onBatch();
      }, 0);
    }
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#parts.length === 0) return;
    const first = this.#readers.newest + 1;
    const last = this.#readers.newest + this.#parts.length;
    const bytes = join(this.#parts);
    this.#parts = [];
    this.#readers.push({ first, last, bytes });
  }

  /** Asks the log. */
  async #page(position: number): Promise<Page> {
    const response = await this.#log.fetch(`https://log/page?after=${position}`);
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { last: Number(response.headers.get("Feed-Last")), bytes };
  }

  /** Nobody was there for a while: if that is still so, the log is left. */
  #leave(): void {
    if (this.#readers.size > 0) return;
    this.#connection?.source.close();
    this.#connection = undefined;
  }
}
