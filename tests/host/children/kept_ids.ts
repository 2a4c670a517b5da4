/**
 * Measures what parsers hold that have each read a chunk with an id, in bytes. It takes --expose-gc.
 *
 * @module
 */

import { createParser } from "../../../parser.ts";

const { gc } = globalThis as unknown as { gc(): void };
const { memoryUsage } = (globalThis as unknown as {
  process: { memoryUsage(): { heapUsed: number } };
}).process;

const COUNT = 500;
const kept: unknown[] = [];
gc();
const before = memoryUsage().heapUsed;
for (let index = 0; index < COUNT; index++) {
  let id = "";
  const parser = createParser({ onId: (value: string) => id = value });
  parser.feed(`: ${String(index).repeat(20_000)}\nid: ${crypto.randomUUID()}\n\n`);
  kept.push([parser, id]);
}
gc();
console.log((memoryUsage().heapUsed - before) / COUNT, kept.length);
