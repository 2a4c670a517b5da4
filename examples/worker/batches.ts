/**
 * The feed's events on disk, one batch in each row.
 *
 * @module
 */

import { encodeEvent } from "./encode.ts";

/** Consecutive events, encoded. Their ids are consecutive numbers. */
export interface Batch {
  /** The id of the first event. */
  readonly first: number;
  /** The id of the last event. */
  readonly last: number;
  readonly bytes: Uint8Array;
}

/** The events that follow a position: as many as are handed over at a time. */
export interface Page {
  /** The position after them. */
  readonly last: number;
  readonly bytes: Uint8Array;
}

/** The position of a reader whose last event is not known: before all. */
export const NOWHERE = -1;

/** A page of so many bytes is long enough. */
const PAGE = 32 * 1024;

const NOTHING = new Uint8Array();

/** One byte, one character: positions in the text are positions in the bytes. */
const latin1 = new TextDecoder("latin1");

/** The batches that are kept. The oldest are dropped as new ones come; one always stays. */
export class Batches {
  readonly #sql: SqlStorage;
  /** The id of the newest event; 0 if there has been none. */
  #newest = 0;
  /** The upstream's id of that event; empty if it has none. */
  #upstreamId = "";

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    // The key is the row id: a batch costs one row, and no index.
    sql.exec(`
      CREATE TABLE IF NOT EXISTS batches (
        last INTEGER PRIMARY KEY,
        first INTEGER NOT NULL,
        upstream_id TEXT NOT NULL,
        bytes BLOB NOT NULL
      )
    `);
    const [row] = sql.exec<{ last: number; upstream_id: string }>(
      "SELECT last, upstream_id FROM batches ORDER BY last DESC LIMIT 1",
    );
    if (row === undefined) return;
    this.#newest = row.last;
    this.#upstreamId = row.upstream_id;
  }

  get newest(): number {
    return this.#newest;
  }

  get upstreamId(): string {
    return this.#upstreamId;
  }

  /** The position so many events back, or somewhat more; but not many more bytes than so many. */
  back(events: number, bytes: number): number {
    let position = this.#newest;
    while (position > this.#newest - events && bytes > 0) {
      const [row] = this.#sql.exec<{ first: number; length: number }>(
        "SELECT first, LENGTH(bytes) AS length FROM batches WHERE last = ?",
        position,
      );
      if (row === undefined) break;
      position = row.first - 1;
      bytes -= row.length;
    }
    return position;
  }

  /** The position before the oldest event that is kept. */
  get start(): number {
    const [row] = this.#sql.exec<{ first: number }>(
      "SELECT first FROM batches ORDER BY last LIMIT 1",
    );
    return row === undefined ? 0 : row.first - 1;
  }

  /** Stores a batch, and drops those that are more than `kept` events old. */
  add({ first, last, bytes }: Batch, upstreamId: string, kept: number): void {
    this.#sql.exec("INSERT INTO batches VALUES (?, ?, ?, ?)", last, first, upstreamId, bytes);
    this.#sql.exec("DELETE FROM batches WHERE last <= ?", last - kept);
    this.#newest = last;
    this.#upstreamId = upstreamId;
  }

  /**
   * The next events after a position, and no later than `newest`. If some of them are not kept, or
   * the id was never given, an event named "gap" says so.
   */
  page(position: number, newest: number): Page {
    if (position === newest) return { last: position, bytes: NOTHING };
    const { start } = this;
    if (position < start || position > newest) {
      const data = "The events after your last one are not kept";
      return { last: start, bytes: encodeEvent({ id: start, type: "gap", data }) };
    }
    const parts: Uint8Array[] = [];
    let last = position;
    for (let length = 0; length < PAGE && last < newest;) {
      const row = this.#sql.exec<{ first: number; last: number; bytes: ArrayBuffer }>(
        "SELECT first, last, bytes FROM batches WHERE last > ? ORDER BY last LIMIT 1",
        last,
      ).one();
      const batch = { ...row, bytes: new Uint8Array(row.bytes) };
      const part = batch.bytes.subarray(offsetIn(batch, position + 1));
      parts.push(part);
      length += part.length;
      last = row.last;
    }
    return { last, bytes: join(parts) };
  }
}

/** Where an event begins in the bytes of its batch. */
export function offsetIn({ first, bytes }: Batch, id: number): number {
  // Each line of an event's data begins with "data:": only an event begins like this.
  return id <= first ? 0 : latin1.decode(bytes).indexOf(`\n\nid: ${id}\n`) + 2;
}

/** Joins encoded events. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}
