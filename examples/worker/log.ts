/**
 * The object that holds the upstream connection and the log.
 *
 * @module
 */

import { DurableObject } from "cloudflare:workers";
import { type Batch, Batches, join, NOWHERE, type Page } from "./batches.ts";
import { encodeEvent, type OutgoingEvent } from "./encode.ts";
import type { Env } from "./env.ts";
import { mapEvent } from "./hooks.ts";
import { Readers } from "./readers.ts";
import { Upstream } from "./upstream.ts";

/** How long an event waits for others that go into the same row, in milliseconds. */
const DELAY = 100;

/** A batch of so many bytes waits for no more. */
const BATCH = 32 * 1024;

/** The largest event, in bytes as it is sent: a row holds 2 MB. */
const LARGEST_EVENT = 1024 * 1024;

/** The longest id of the upstream's that is sent back to it, in bytes. */
const LONGEST_ID = 1024;

/** The most that is handed to a relay at a time, in bytes. */
const CHUNK = 64 * 1024;

/**
 * A new relay begins with so many events and bytes, so that readers whose relay was restarted find
 * the events that they missed in its memory.
 */
const BACK = { events: 1000, bytes: 1024 * 1024 };

const encoder = new TextEncoder();

/**
 * Follows the upstream as long as there are relays, stores each event, and sends it to all of them.
 *
 * - Readers see its own ids: 1, 2, 3 and so on, whether or not the upstream has ids. Each batch holds
 *   the upstream's id, from which the log resumes after a restart.
 * - Events are sent once they are on disk. So a restart loses nothing: before that, the upstream
 *   sends them again; after that, they are in the log.
 * - An event named "gap" reports events that could not be carried, or may be missing.
 */
export class Log extends DurableObject<Env> {
  readonly #batches: Batches;
  readonly #upstream: Upstream;
  readonly #relays: Readers;
  /** The next batch. */
  #parts: Uint8Array[] = [];
  #length = 0;
  #upstreamId: string;
  #timer: number | null = null;
  /** Resolves once all batches so far have been sent. */
  #sent: Promise<void> = Promise.resolve();

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#batches = new Batches(ctx.storage.sql);
    this.#upstreamId = this.#batches.upstreamId;
    this.#relays = new Readers({
      page: (position) => this.#page(position),
      chunk: CHUNK,
      heartbeat: env.HEARTBEAT,
      onEmpty: () => void setTimeout(() => this.#leave(), env.LINGER),
    });
    this.#relays.reset(this.#batches.newest);
    this.#upstream = new Upstream(ctx, env, {
      lastId: () => this.#upstreamId,
      opened: () => this.#opened(),
      receive: (event) => this.#receive(event),
      skipped: () => this.#skipped(),
      refused: () => this.#relays.closeAll(),
    });
  }

  /**
   * Answers a relay: `/page?after=7` with the events after event 7, `/follow` with all future events,
   * after those since its `Last-Event-ID` or, without one, after some of the latest.
   */
  override async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/page") {
      const { last, bytes } = this.#page(Number(searchParams.get("after") ?? NOWHERE));
      return new Response(bytes, { headers: { "Feed-Last": `${last}` } });
    }
    const refusal = await this.#upstream.connect();
    if (refusal !== undefined) return refusal;
    const { newest } = this.#relays;
    const back = Math.min(newest, this.#batches.back(BACK.events, BACK.bytes));
    const lastEventId = request.headers.get("Last-Event-ID") ?? `${back}`;
    return this.#relays.open(lastEventId, { "Feed-Newest": `${newest}` });
  }

  /** The upstream has been waited for long enough. */
  override async alarm(): Promise<void> {
    if (this.#relays.size > 0) await this.#upstream.connect();
  }

  /** Nobody was there for a while: if that is still so, the upstream is closed. */
  #leave(): void {
    if (this.#relays.size === 0) this.#upstream.close();
  }

  #opened(): void {
    if (this.#batches.newest === 0 || this.#upstreamId !== "") return;
    this.#append({ type: "gap", data: "The upstream may have sent events in the meantime" });
  }

  /** From the disk, but no more than has been sent: what follows may not be there yet. */
  #page(position: number): Page {
    return this.#batches.page(position, this.#relays.newest);
  }

  #receive(event: MessageEvent): Promise<void> | void {
    const { lastEventId } = event;
    // A longer one would be refused as a header, again and again.
    this.#upstreamId = encoder.encode(lastEventId).length > LONGEST_ID ? "" : lastEventId;
    const mapped = mapEvent(event);
    if (mapped !== undefined) this.#append(mapped);
    if (this.#length >= BATCH) return this.#flush();
  }

  async #skipped(): Promise<void> {
    // With its last id, the upstream would send the same event again.
    this.#upstreamId = "";
    this.#append({ type: "gap", data: "An event of the upstream is too large to be read" });
    await this.#flush();
  }

  #append(event: Omit<OutgoingEvent, "id">): void {
    const id = this.#batches.newest + this.#parts.length + 1;
    let bytes = encodeEvent({ ...event, id });
    if (bytes.length > LARGEST_EVENT) {
      const data = `An event of ${bytes.length} bytes is too large`;
      bytes = encodeEvent({ id, type: "gap", data });
    }
    this.#parts.push(bytes);
    this.#length += bytes.length;
    this.#timer ??= setTimeout(() => this.#flush(), DELAY);
  }

  /** Stores the next batch, and sends it once it is on the disk. */
  #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#parts.length === 0) return this.#sent;
    const first = this.#batches.newest + 1;
    const last = this.#batches.newest + this.#parts.length;
    const batch: Batch = { first, last, bytes: join(this.#parts) };
    this.#parts = [];
    this.#length = 0;
    this.#batches.add(batch, this.#upstreamId, this.env.KEPT);
    const stored = this.ctx.storage.sync();
    return this.#sent = Promise.all([this.#sent, stored]).then(() => this.#relays.push(batch));
  }
}
