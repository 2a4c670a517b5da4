/**
 * One upstream connection, any number of readers.
 *
 * @module
 */

import { EventSource } from "@x/eventsource";
import { DurableObject } from "cloudflare:workers";
import { encodeEvent } from "./encode.ts";
import { type Env, upstreamHeaders } from "./env.ts";

/** How many events a reader that is behind is handed at a time. */
const BATCH = 100;

/** How long readers that were cut off wait before they come back, in milliseconds. */
const RETRY = 1000;

/** The position of a reader whose last event is not known: before all. */
const NOWHERE = -1;

const encoder = new TextEncoder();

/** Somebody to whom events are sent. */
interface Reader {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  /** The id of the last event that was handed over. */
  position: number;
  /** How many events and heartbeats there have been since it last took something. */
  missed: number;
  /** Whether it has had everything, and takes the next event as it comes. */
  isWaiting: boolean;
}

/** An event as it is stored. */
type Row = { id: number; type: string; data: string };

/**
 * Follows the upstream as long as there are readers, stores each event, and sends it to all of
 * them.
 *
 * - The ids that readers see are its own: 1, 2, 3 and so on, whether or not the upstream has any.
 *   Beside each event stands the upstream's id, with which it resumes after a restart.
 * - An event is sent once it is on the disk. A restart between the two loses nothing: a reader
 *   comes back with its last id and gets what followed it from the storage.
 * - A reader that is behind takes events at its own pace, out of the storage. One that takes
 *   nothing while half as many come as are kept is cut off; back in time, it finds the rest.
 * - One that has missed more than is kept, or comes with an id that was never given, gets an event
 *   named "gap", and then all that is kept.
 */
export class Feed extends DurableObject<Env> {
  readonly #readers = new Set<Reader>();
  #source: EventSource | undefined;
  /** The id of the newest event on the disk. */
  #newest: number;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    ctx.storage.sql.exec(`
      CREATE TABLE IF NOT EXISTS events (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        upstream_id TEXT NOT NULL,
        type TEXT NOT NULL,
        data TEXT NOT NULL
      )
    `);
    this.#newest = this.#number("SELECT MAX(id) AS value FROM events");
  }

  /** Answers a reader, which says in `Last-Event-ID` where it was. */
  override fetch(request: Request): Response {
    this.#connect();
    const position = this.#positionOf(request.headers.get("Last-Event-ID"));
    let reader: Reader;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller): void => {
        reader = { controller, position, missed: 0, isWaiting: false };
        this.#readers.add(reader);
        // An id without an event: even who is cut off before the first event misses none.
        const id = position === NOWHERE ? "" : `id: ${position}\n`;
        controller.enqueue(encoder.encode(`retry: ${RETRY}\n${id}\n`));
      },
      pull: (): void => this.#serve(reader),
      cancel: (): void => this.#remove(reader),
    }, { highWaterMark: 0 });
    return new Response(stream, {
      headers: { "Content-Type": "text/event-stream", "Cache-Control": "no-store" },
    });
  }

  /** Nobody had been there for a while: if that is still so, the upstream is let go. */
  override alarm(): void {
    if (this.#readers.size > 0) return;
    this.#source?.close();
    this.#source = undefined;
  }

  #connect(): void {
    if (this.#source !== undefined) return;
    const last = this.ctx.storage.sql
      .exec<{ upstream_id: string }>("SELECT upstream_id FROM events ORDER BY id DESC LIMIT 1")
      .toArray()[0];
    const source = new EventSource(this.env.UPSTREAM, {
      headers: upstreamHeaders(this.env),
      lastEventId: last?.upstream_id ?? "",
      // The upstream's heartbeats become ours.
      onComment: (): void => this.#broadcast(encoder.encode(":\n\n")),
      reconnection: {
        when: ({ reason, status = 0 }) =>
          reason === "status" ? status === 429 || status >= 500 : reason !== "content-type",
      },
    });
    this.#source = source;
    this.#follow(source);
  }

  async #follow(source: EventSource): Promise<void> {
    try {
      // While an event is being stored, the source reads no further.
      for await (const { lastEventId, type, data } of source) {
        if (source !== this.#source) return;
        const id = this.#store(lastEventId, type, data);
        await this.ctx.storage.sync();
        this.#newest = id;
        this.#broadcast(encodeEvent({ id, type, data }));
      }
    } catch (error) {
      console.error(`The feed has lost its upstream: ${error}`);
    }
    // For good: the readers come back, and the first of them has the feed try anew.
    if (source !== this.#source) return;
    this.#source = undefined;
    for (const reader of this.#readers) this.#cutOff(reader);
  }

  /** Stores an event, drops the one that is too old; its id. */
  #store(upstreamId: string, type: string, data: string): number {
    const { sql } = this.ctx.storage;
    const { id } = sql.exec<{ id: number }>(
      "INSERT INTO events (upstream_id, type, data) VALUES (?, ?, ?) RETURNING id",
      upstreamId,
      type,
      data,
    ).one();
    sql.exec("DELETE FROM events WHERE id <= ?", id - this.env.KEPT);
    return id;
  }

  /** The event after which a reader goes on; without an id, after the newest. */
  #positionOf(lastEventId: string | null): number {
    if (lastEventId === null || lastEventId === "") return this.#newest;
    const id = /^\d+$/.test(lastEventId) ? Number(lastEventId) : NOWHERE;
    return id <= this.#newest ? id : NOWHERE;
  }

  /** Called when a reader has taken all that it was handed. */
  #serve(reader: Reader): void {
    reader.missed = 0;
    if (reader.position === this.#newest) {
      reader.isWaiting = true;
      return;
    }
    // Where none is kept, the next one will be the oldest.
    const oldest = this.#number("SELECT MIN(id) AS value FROM events") || this.#newest + 1;
    if (reader.position < oldest - 1) {
      reader.position = oldest - 1;
      const data = "The events after your last one are not kept";
      reader.controller.enqueue(encodeEvent({ id: reader.position, type: "gap", data }));
      return;
    }
    const rows = this.ctx.storage.sql.exec<Row>(
      "SELECT id, type, data FROM events WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
      reader.position,
      this.#newest,
      BATCH,
    );
    for (const row of rows) {
      reader.position = row.id;
      reader.controller.enqueue(encodeEvent(row));
    }
  }

  /** Sends to all who have had everything else; the others will find it in the storage. */
  #broadcast(bytes: Uint8Array): void {
    for (const reader of this.#readers) {
      if (!reader.isWaiting) {
        // A runtime may forget to say that a reader has gone: this finds out.
        if (++reader.missed > this.env.KEPT / 2) this.#cutOff(reader);
        continue;
      }
      reader.isWaiting = false;
      reader.position = this.#newest;
      reader.controller.enqueue(bytes);
    }
  }

  #cutOff(reader: Reader): void {
    reader.controller.error(new Error("The feed has cut off a reader"));
    this.#remove(reader);
  }

  #remove(reader: Reader): void {
    this.#readers.delete(reader);
    if (this.#readers.size > 0) return;
    // On the disk, unlike a timer: it comes also after a restart.
    this.ctx.storage.setAlarm(Date.now() + this.env.LINGER);
  }

  /** What a query for one number gives; 0 where there is none. */
  #number(query: string): number {
    return this.ctx.storage.sql.exec<{ value: number | null }>(query).one().value ?? 0;
  }
}
