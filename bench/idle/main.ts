/**
 * A process that holds many idle connections: `main.ts CLIENT SERVER`. It measures what each costs,
 * and how long it takes until one event has come on all.
 *
 * @module
 */

import process from "node:process";
import { args, collectGarbage, type Measurement, serve, settle } from "../child.ts";
import { HOLDERS } from "./holders.ts";

/** How many connections are opened at a time. */
const BATCH = 200;

const [name = "", server = ""] = args;
const hold = await HOLDERS[name]!();

await serve(async ({ connections }: { connections: number }): Promise<Measurement> => {
  // The first ones load what all share, and stay.
  let received = 0;
  const onEvent = (): void => void received++;
  const first = 10;
  await open(first, onEvent);
  const before = await memory();
  for (let opened = 0; opened < connections; opened += BATCH) {
    await open(Math.min(BATCH, connections - opened), onEvent);
  }
  const after = await memory();
  const started = performance.now();
  await (await fetch(`${server}/deliver`)).text();
  while (received < first + connections) await new Promise((resolve) => setTimeout(resolve, 1));
  return {
    ms: performance.now() - started,
    heap: (after.heap - before.heap) / connections,
    rss: (after.rss - before.rss) / connections,
  };
});

async function open(count: number, onEvent: () => void): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => hold(`${server}/idle`, onEvent)));
}

async function memory(): Promise<{ heap: number; rss: number }> {
  for (let round = 0; round < 3; round++) {
    await settle();
    collectGarbage();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { heap: heapUsed + external, rss };
}
