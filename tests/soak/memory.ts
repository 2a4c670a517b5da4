/**
 * Measures the heap of a process, on Deno, Node.js or Bun, after many events and after many
 * reconnections, and prints it as one line of JSON. Arguments: a URL whose every stream sends one
 * message and ends; how many events; how many reconnections.
 *
 * @module
 */

import process from "node:process";
import { EventSource } from "../../mod.ts";

/** When the first measurement is taken. */
const WARM = 1000;

const [url = "", events = "5000000", reconnections = "10000"] = process.argv.slice(2);

console.log(JSON.stringify({
  events: await measure(eventsAtOnce(Number(events))),
  reconnections: await measure(
    new EventSource(url, { reconnection: { delay: 0, jitter: 0 } }),
    Number(reconnections),
  ),
}));

/** The bytes on the heap after the first thousand messages, and after the last. */
async function measure(source: EventSource, count = Number(events)): Promise<[number, number]> {
  let received = 0;
  let first: Promise<number> | undefined;
  await new Promise<void>((resolve) => {
    source.onmessage = () => {
      received++;
      if (received === WARM) first = heapUsed();
      if (received < count) return;
      source.close();
      resolve();
    };
  });
  return [await first ?? 0, await heapUsed()];
}

/** A source that gets all its events in one connection, as fast as it can take them. */
function eventsAtOnce(count: number): EventSource {
  let sent = 0;
  const chunk = 500;
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      let text = "";
      for (let index = 0; index < chunk; index++) {
        text += `id: ${sent + index}\nevent: message\ndata: {"token": "t${index}"}\n\n`;
      }
      controller.enqueue(encoder.encode(text));
      // Room for the measurement in between, as a network leaves it.
      if (sent % 100_000 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      if ((sent += chunk) >= count) controller.close();
    },
  }, { highWaterMark: 0 });
  return new EventSource("http://localhost/", {
    fetch: () =>
      Promise.resolve(new Response(body, { headers: { "Content-Type": "text/event-stream" } })),
    reconnection: false,
  });
}

async function heapUsed(): Promise<number> {
  const globals = globalThis as { gc?: () => void; Bun?: { gc(sync: boolean): void } };
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (globals.Bun !== undefined) globals.Bun.gc(true);
    else globals.gc?.();
  }
  return process.memoryUsage().heapUsed;
}
