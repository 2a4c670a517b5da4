/**
 * Measures what sources hold that have each read a chunk with an id, in bytes. It takes --expose-gc.
 *
 * @module
 */

import { EventSource } from "../../../mod.ts";

const { gc } = globalThis as unknown as { gc(): void };
const { memoryUsage } = (globalThis as unknown as {
  process: { memoryUsage(): { heapUsed: number } };
}).process;

const COUNT = 500;
const kept: unknown[] = [];
gc();
const before = memoryUsage().heapUsed;
for (let index = 0; index < COUNT; index++) {
  const source = new EventSource("http://localhost/", { fetch: respond });
  const { lastEventId } = await new Promise<MessageEvent>((resolve) => source.onmessage = resolve);
  source.onmessage = null;
  source.close();
  kept.push([source, lastEventId]);
}
gc();
console.log((memoryUsage().heapUsed - before) / COUNT, kept.length);

function respond(): Promise<Response> {
  const text = `: ${"-".repeat(60_000)}\nid: ${crypto.randomUUID()}\ndata\n\n`;
  return Promise.resolve(new Response(text, { headers: { "content-type": "text/event-stream" } }));
}
