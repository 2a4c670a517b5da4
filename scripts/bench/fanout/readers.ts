/**
 * Readers of a feed, as cheap as they can be: sockets whose bytes are searched for ids.
 *
 * `deno run readers.ts OPTIONS` prints what they have seen each time it gets a line. `measure` also
 * begins to count what arrives; any other line than that and `count` ends it.
 *
 * @module
 */

import { cpuUsage } from "node:process";

/** What the readers are told. */
export interface ReadersOptions {
  readonly count: number;
  /** The machines that each may connect to. */
  readonly ports: readonly number[];
  readonly path: string;
}

/** What all readers have seen. */
export interface Seen {
  /** How many have a connection. */
  readonly open: number;
  /** How many events have come since the measurement began. */
  readonly events: number;
  /** Connections that the feed has ended. */
  readonly cutOff: number;
  /** By port: connections that broke, as those of a machine that is killed do. */
  readonly broken: Readonly<Record<number, number>>;
  /** How often a machine had no place. */
  readonly refused: number;
  /** How often an event was another than the next. */
  readonly lost: number;
  readonly repeated: number;
  /** How many events named "gap" have come. */
  readonly gaps: number;
  /** The least of all readers' last ids. */
  readonly least: number;
  /** Milliseconds from publication to arrival: of half of the events, of 99 of 100, of all. */
  readonly delay: { readonly p50: number; readonly p99: number; readonly most: number };
  /** Seconds of the processor that this has taken. */
  readonly cpu: number;
}

const LONGEST = 60_000;
const [LF, I, D, E, R, ZERO] = [10, 105, 100, 101, 114, 48];

const { count, ports, path } = JSON.parse(Deno.args[0]!) as ReadersOptions;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const delays = new Uint32Array(LONGEST);
const broken: Record<number, number> = {};
const total = { events: 0, cutOff: 0, refused: 0, lost: 0, repeated: 0, gaps: 0 };
let isMeasuring = false;

/** One reader, over all its connections. */
class Reader {
  isOpen = false;
  last = 0;
  #retry = 1000;
  // Of the present connection:
  #head = "";
  #hasBegun = false;
  /** How much of the present chunk is to come, its line end included. */
  #remaining = 0;
  #size = "";
  #isEnded = false;
  /** The beginning of a line that is not whole. */
  #line = new Uint8Array();
  #id = 0;
  #published = 0;
  #isGap = false;

  async run(): Promise<void> {
    while (true) {
      let didOpen = false;
      for (const port of shuffled(ports)) {
        didOpen = await this.#follow(port);
        if (didOpen) break;
      }
      this.isOpen = false;
      await new Promise((resolve) => setTimeout(resolve, this.#retry));
    }
  }

  /** Whether there was a stream. */
  async #follow(port: number): Promise<boolean> {
    this.#head = this.#size = "";
    this.#hasBegun = this.#isEnded = this.#isGap = false;
    this.#remaining = this.#published = 0;
    this.#line = new Uint8Array();
    const id = this.last > 0 ? `Last-Event-ID: ${this.last}\r\n` : "";
    try {
      using connection = await Deno.connect({ hostname: "127.0.0.1", port });
      await connection.write(
        encoder.encode(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${id}\r\n`),
      );
      const buffer = new Uint8Array(32 * 1024);
      while (true) {
        const length = await connection.read(buffer);
        if (length === null) break;
        if (!this.#take(buffer.subarray(0, length))) {
          total.refused++;
          return false;
        }
        if (this.#isEnded) break;
      }
    } catch {
      // Refused, or reset.
    }
    if (!this.#hasBegun) return false;
    if (this.#isEnded) total.cutOff++;
    else broken[port] = (broken[port] ?? 0) + 1;
    return true;
  }

  /** Whether the response is a stream. */
  #take(bytes: Uint8Array): boolean {
    let from = 0;
    if (!this.#hasBegun) {
      this.#head += decoder.decode(bytes);
      const end = this.#head.indexOf("\r\n\r\n");
      if (end === -1) return true;
      if (!this.#head.startsWith("HTTP/1.1 200")) return false;
      this.#hasBegun = this.isOpen = true;
      from = bytes.length - (this.#head.length - end - 4);
    }
    const now = Date.now();
    while (from < bytes.length && !this.#isEnded) {
      if (this.#remaining > 2) {
        const to = Math.min(bytes.length, from + this.#remaining - 2);
        this.#read(bytes.subarray(from, to), now);
        this.#remaining -= to - from;
        from = to;
      } else if (this.#remaining > 0) {
        this.#remaining--;
        from++;
      } else {
        const byte = bytes[from++]!;
        if (byte !== LF) this.#size += String.fromCharCode(byte);
        else {
          const size = parseInt(this.#size, 16);
          this.#size = "";
          if (size === 0) this.#isEnded = true;
          this.#remaining = size + 2;
        }
      }
    }
    return true;
  }

  #read(bytes: Uint8Array, now: number): void {
    let from = 0;
    while (true) {
      const end = bytes.indexOf(LF, from);
      if (end === -1) break;
      if (this.#line.length > 0) {
        const line = new Uint8Array(this.#line.length + end + 1 - from);
        line.set(this.#line);
        line.set(bytes.subarray(from, end + 1), this.#line.length);
        this.#line = new Uint8Array();
        this.#readLine(line, 0, now);
      } else this.#readLine(bytes, from, now);
      from = end + 1;
    }
    if (from < bytes.length) {
      const line = new Uint8Array(this.#line.length + bytes.length - from);
      line.set(this.#line);
      line.set(bytes.subarray(from), this.#line.length);
      this.#line = line;
    }
  }

  #readLine(bytes: Uint8Array, from: number, now: number): void {
    switch (bytes[from]) {
      case I:
        this.#id = number(bytes, from + 4);
        break;
      case D:
        this.#published = number(bytes, from + 6);
        break;
      case E:
        this.#isGap = true;
        break;
      case R:
        this.#retry = number(bytes, from + 7);
        break;
      case LF:
        if (this.#isGap) {
          total.gaps++;
          this.#isGap = false;
          this.last = this.#id;
        } else if (this.#published > 0) this.#onEvent(now);
        // An id without an event says where the stream begins.
        else if (this.last === 0) this.last = this.#id;
        this.#published = 0;
    }
  }

  #onEvent(now: number): void {
    if (this.last > 0 || this.#id === 1) {
      if (this.#id > this.last + 1) total.lost++;
      if (this.#id <= this.last) total.repeated++;
    }
    this.last = this.#id;
    if (!isMeasuring) return;
    total.events++;
    const delay = Math.max(0, Math.min(LONGEST - 1, now - this.#published));
    delays[delay]!++;
  }
}

function number(bytes: Uint8Array, from: number): number {
  let value = 0;
  for (let digit; (digit = bytes[from]! - ZERO) >= 0 && digit <= 9; from++) {
    value = value * 10 + digit;
  }
  return value;
}

function shuffled(list: readonly number[]): number[] {
  const first = Math.floor(Math.random() * list.length);
  return [...list.slice(first), ...list.slice(0, first)];
}

function percentile(part: number): number {
  let missing = total.events * part;
  return delays.findIndex((events) => (missing -= events) <= 0);
}

if (import.meta.main) {
  const readers = Array.from({ length: count }, () => new Reader());
  for (const [index, reader] of readers.entries()) {
    // Not all at once.
    setTimeout(() => reader.run(), index);
  }
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const command = text.trim();
    if (command === "measure") isMeasuring = true;
    else if (command !== "count") break;
    const { user, system } = cpuUsage();
    const seen: Seen = {
      ...total,
      broken,
      open: readers.filter(({ isOpen }) => isOpen).length,
      least: readers.reduce((least, { last }) => Math.min(least, last), Infinity),
      delay: { p50: percentile(0.5), p99: percentile(0.99), most: percentile(1) },
      cpu: (user + system) / 1e6,
    };
    console.log(JSON.stringify(seen));
  }
  Deno.exit();
}
