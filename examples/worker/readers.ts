/**
 * The readers of one object, and the newest events in memory, from which they are served.
 *
 * @module
 */

import { type Batch, join, NOWHERE, offsetIn, type Page } from "./batches.ts";

/** How many bytes of events are in memory: a reader for whom more wait is cut off. */
const WINDOW = 4 * 1024 * 1024;

/** How many pages are in memory, besides the window. */
const PAGES = 8;

/** After so many heartbeats, a reader that has taken nothing is cut off. */
const PATIENCE = 4;

/**
 * How long until readers that are behind are offered more, in milliseconds: so much for each of
 * them, as it takes time to ask them. If nobody has taken anything, twice as long as the last time.
 */
const PAUSE = { each: 0.01, most: 32 };

const encoder = new TextEncoder();
const heartbeat = encoder.encode(":\n\n");

/** Two numbers. */
interface Range {
  readonly least: number;
  readonly most: number;
}

/** What readers need of the object. */
export interface ReadersOptions {
  /** The events after a position that is not in memory, or may have never been. */
  page(position: number): Promise<Page> | Page;
  /**
   * The most bytes that a reader is sent at a time. For a reader that reads nothing, a few such
   * portions stay in memory, here and in the runtime.
   */
  readonly chunk: number;
  /** How often each reader gets a heartbeat, in milliseconds. */
  readonly heartbeat: number;
  /**
   * How long a reader is told to wait before it reconnects, in milliseconds: at random between
   * these, so that not all reconnect at once. Default: the reader decides.
   */
  readonly retry?: Range;
  /** Called when the last reader has gone. */
  onEmpty(): void;
}

/** Somebody to whom events are sent. */
interface Reader {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  /** Where it is in the bytes in memory; `undefined` if it is not in there. */
  offset: number | undefined;
  /** Where it is if it is not in there: the id of the last event that it has whole. */
  position: number;
  /** How much it has had of the page that follows its position. */
  sent: number;
  /** The length of that page, once it has had some of it. */
  length: number;
  isFetching: boolean;
  /** Whether its position may be one that was never given. */
  isUnknown: boolean;
  /** How many heartbeats there have been since it last took something. */
  missed: number;
}

/** A batch in memory. */
interface Stretch {
  readonly first: number;
  readonly last: number;
  /** Its place among all bytes that there have been. */
  readonly offset: number;
  /** Its bytes, in chunks: a slow reader keeps no more than one of them from being freed. */
  readonly chunks: readonly Uint8Array[];
}

/**
 * Sends batches to any number of readers.
 *
 * Readers at the same position are sent the same bytes. A reader that is behind gets larger, fewer
 * chunks. One that has fallen out of the window is cut off: it reconnects with its last id, and gets
 * the following pages at its own pace.
 */
export class Readers {
  readonly #options: ReadersOptions;
  readonly #readers = new Set<Reader>();
  #window: Stretch[] = [];
  #end = 0;
  #newest = 0;
  /** Pages that are being sent. Many readers come back to the same. */
  readonly #pages = new Map<number, Promise<Page>>();
  #tick: number | undefined;
  #pause = 0;
  /** Whether a reader has taken something since the pause began. */
  #hasTaken = false;
  #beat: number | undefined;

  constructor(options: ReadersOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#readers.size;
  }

  /** The id of the newest event. */
  get newest(): number {
    return this.#newest;
  }

  /** Answers a reader, which says in `Last-Event-ID` where it was; without, it begins here. */
  open(lastEventId: string | null, headers: Record<string, string> = {}): Response {
    const position = !lastEventId
      ? this.#newest
      : /^\d{1,15}$/.test(lastEventId)
      ? Number(lastEventId)
      : NOWHERE;
    const { retry } = this.#options;
    const wait = retry === undefined ? "" : `retry: ${between(retry)}\n`;
    // An id without an event, so that a reader that is cut off before its first event misses none.
    const id = position > this.#newest || position === NOWHERE ? "" : `id: ${position}\n`;
    let reader: Reader;
    const stream = new ReadableStream<Uint8Array>({
      start: (controller): void => {
        reader = {
          controller,
          offset: undefined,
          position,
          sent: 0,
          length: 0,
          isFetching: false,
          isUnknown: position > this.#newest,
          missed: 0,
        };
        this.#readers.add(reader);
        controller.enqueue(encoder.encode(`${wait}${id}\n`));
        this.#beat ??= setTimeout(() => this.#sendHeartbeats(), this.#options.heartbeat);
        this.#hasTaken = true;
        this.#wake(1);
      },
      cancel: (): void => this.#remove(reader),
    }, { highWaterMark: 0 });
    return new Response(stream, {
      headers: {
        "Content-Type": "text/event-stream",
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
        ...headers,
      },
    });
  }

  /** Starts after a position, with an empty window. Readers that were there come back. */
  reset(newest: number): void {
    logCuts(this.size, "the next events are others than those that follow theirs");
    this.closeAll();
    this.#window = [];
    this.#newest = newest;
  }

  /** Sends a batch, the next after the newest event. */
  push({ first, last, bytes }: Batch): void {
    this.#window.push({
      first,
      last,
      offset: this.#end,
      chunks: split(bytes, this.#options.chunk),
    });
    this.#end += bytes.length;
    this.#newest = last;
    const outside = this.#window.findIndex(({ offset }) => this.#end - offset <= WINDOW);
    // The newest batch stays, however large it is.
    this.#window.splice(0, outside === -1 ? this.#window.length - 1 : outside);
    this.#pages.clear();
    this.#serveAll();
  }

  /** Ends all responses. */
  closeAll(): void {
    for (const reader of this.#readers) this.#close(reader);
  }

  #serveAll(): void {
    /** By offset: what was handed over from there. */
    const chunks = new Map<number, Uint8Array>();
    const start = this.#window[0]?.offset ?? this.#end;
    let behind = 0;
    let outside = 0;
    for (const reader of this.#readers) {
      if (reader.offset !== undefined && reader.offset < start) {
        this.#close(reader);
        outside++;
      } else if (this.#serve(reader, chunks)) behind++;
    }
    logCuts(outside, `more than ${WINDOW} bytes wait`);
    if (behind > 0) this.#wake(behind);
  }

  /** Hands over the next chunk to a reader that has taken the last; whether more waits for it. */
  #serve(reader: Reader, chunks: Map<number, Uint8Array>): boolean {
    if (reader.isFetching) return false;
    this.#enter(reader);
    const { controller, offset } = reader;
    if (offset === undefined) {
      // Another relay, which is ahead, served it before: its next events have yet to come.
      if (reader.position > this.#newest && !reader.isUnknown) return false;
      if (isReady(controller)) this.#servePage(reader);
      return true;
    }
    if (offset === this.#end) return false;
    if (!isReady(controller)) return true;
    let chunk = chunks.get(offset);
    if (chunk === undefined) chunks.set(offset, chunk = this.#chunkAt(offset));
    controller.enqueue(chunk);
    reader.offset = offset + chunk.length;
    reader.missed = 0;
    this.#hasTaken = true;
    return reader.offset < this.#end;
  }

  /** Has a reader whose next event is in memory, or the next to come, go on from there. */
  #enter(reader: Reader): void {
    if (reader.offset !== undefined || reader.sent > 0 || reader.isUnknown) return;
    const id = reader.position + 1;
    if (reader.position === this.#newest) reader.offset = this.#end;
    const stretch = this.#window.findLast(({ first, last }) => first <= id && id <= last);
    if (stretch === undefined) return;
    const { first, last, chunks, offset } = stretch;
    reader.offset = offset + offsetIn({ first, last, bytes: join(chunks) }, id);
  }

  async #servePage(reader: Reader): Promise<void> {
    reader.isFetching = true;
    try {
      const { last, bytes } = await this.#pageAfter(reader.position);
      // It has gone, or the log after its position has changed since the first part was sent.
      if (!this.#readers.has(reader)) return;
      if (reader.sent > 0 && bytes.length !== reader.length) return this.#close(reader);
      // A copy, so that the rest of the page does not stay in memory for a slow reader.
      const chunk = bytes.slice(reader.sent, reader.sent + this.#options.chunk);
      reader.length = bytes.length;
      reader.sent += chunk.length;
      reader.isUnknown = false;
      reader.missed = 0;
      if (chunk.length > 0) reader.controller.enqueue(chunk);
      if (reader.sent === bytes.length) {
        reader.position = last;
        reader.sent = 0;
      }
    } catch (error) {
      console.error(`A reader cannot be served from the log: ${error}`);
      this.#close(reader);
    } finally {
      reader.isFetching = false;
      this.#hasTaken = true;
      this.#wake(1);
    }
  }

  #pageAfter(position: number): Promise<Page> {
    let page = this.#pages.get(position);
    if (page === undefined) {
      if (this.#pages.size >= PAGES) this.#pages.clear();
      page = Promise.resolve(this.#options.page(position));
      page.catch(() => this.#pages.delete(position));
      this.#pages.set(position, page);
    }
    return page;
  }

  /** Up to a chunk of the bytes in memory. What is wanted as it is there is not copied. */
  #chunkAt(offset: number): Uint8Array {
    const { chunk: most } = this.#options;
    const index = this.#window.findLastIndex((stretch) => stretch.offset <= offset);
    const within = offset - this.#window[index]!.offset;
    const parts: Uint8Array[] = [];
    let length = 0;
    for (const { chunks } of this.#window.slice(index)) {
      for (const chunk of length > 0 ? chunks : chunks.slice(Math.floor(within / most))) {
        const part = length > 0 ? chunk : chunk.subarray(within % most);
        if (length + part.length > most) return join(parts);
        parts.push(part);
        length += part.length;
      }
    }
    return join(parts);
  }

  /** Finds out who has gone, and who takes nothing. */
  #sendHeartbeats(): void {
    this.#beat = undefined;
    let silent = 0;
    for (const reader of this.#readers) {
      if (isReady(reader.controller)) {
        // Not in the middle of an event.
        if (reader.offset === this.#end) reader.controller.enqueue(heartbeat);
        reader.missed = 0;
      } else if (++reader.missed >= PATIENCE) {
        this.#close(reader);
        silent++;
      }
    }
    logCuts(silent, `nothing was taken for ${PATIENCE} heartbeats`);
    if (this.#readers.size > 0) {
      this.#beat = setTimeout(() => this.#sendHeartbeats(), this.#options.heartbeat);
    }
  }

  /** Comes back soon. In its own turn: what a reader takes at once would be taken without end. */
  #wake(behind: number): void {
    if (this.#tick !== undefined) return;
    const pause = this.#hasTaken ? behind * PAUSE.each : 2 * this.#pause + 1;
    this.#pause = Math.min(pause, PAUSE.most);
    this.#hasTaken = false;
    this.#tick = setTimeout(() => {
      this.#tick = undefined;
      this.#serveAll();
    }, this.#pause);
  }

  /** Ends a response. The client drops an event that is not complete, and comes back. */
  #close(reader: Reader): void {
    if (!this.#readers.has(reader)) return;
    // Without an error, which workerd would log for each reader.
    reader.controller.close();
    this.#remove(reader);
  }

  #remove(reader: Reader): void {
    if (this.#readers.delete(reader) && this.#readers.size === 0) this.#options.onEmpty();
  }
}

/** Says why readers were cut off: they cannot see it. */
function logCuts(count: number, reason: string): void {
  if (count > 0) console.warn(`Cut off ${count} readers: ${reason}`);
}

/** A whole number between two, at random. */
function between({ least, most }: Range): number {
  return least + Math.floor(Math.random() * (most - least));
}

/** Cuts bytes into chunks of so many. */
function split(bytes: Uint8Array, most: number): readonly Uint8Array[] {
  if (bytes.length <= most) return [bytes];
  const count = Math.ceil(bytes.length / most);
  return Array.from({ length: count }, (_, index) => bytes.slice(index * most, (index + 1) * most));
}

/** Whether a reader has taken what it was handed. */
function isReady({ desiredSize }: ReadableStreamDefaultController<Uint8Array>): boolean {
  return desiredSize !== null && desiredSize >= 0;
}
