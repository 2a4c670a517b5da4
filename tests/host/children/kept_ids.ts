/**
 * Measures what sources hold that have each read a chunk with an id, in bytes: once with long ids,
 * once with short ones. On Node.js, it takes --expose-gc.
 *
 * @module
 */

import { EventSource } from "../../../mod.ts";

const { Bun, gc = () => Bun!.gc(true) } = globalThis as unknown as {
  Bun?: { gc(force: boolean): void };
  gc?(): void;
};
const { memoryUsage } = (globalThis as unknown as {
  process: { memoryUsage(): { heapUsed: number } };
}).process;

const COUNT = 500;
const kept: unknown[] = [];
for (const length of [36, 3]) {
  gc();
  const before = memoryUsage().heapUsed;
  for (let index = 0; index < COUNT; index++) {
    const fetch = () => respond(crypto.randomUUID().slice(-length));
    const source = new EventSource("http://localhost/", { fetch });
    const { lastEventId } = await new Promise<MessageEvent>((resolve) =>
      source.onmessage = resolve
    );
    source.onmessage = null;
    source.close();
    kept.push([source, lastEventId]);
  }
  gc();
  console.log((memoryUsage().heapUsed - before) / COUNT, kept.length);
}

function respond(id: string): Promise<Response> {
  const text = `: ${"-".repeat(60_000)}\nid: ${id}\ndata\n\n`;
  return Promise.resolve(new Response(text, { headers: { "content-type": "text/event-stream" } }));
}
