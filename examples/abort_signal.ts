// deno run --allow-net examples/abort_signal.ts [url]

/**
 * Reads a feed for two seconds, or until Ctrl-C: one signal ends the connection, the waits between
 * attempts and the loop.
 *
 * The feed is that of `examples/sse_server.ts 8000`, unless you name another.
 *
 * @module
 */

import process from "node:process";
import { EventSource } from "@x/eventsource";

const interruption = new AbortController();
const interrupt = (): void => interruption.abort(new Error("interrupted"));
process.once("SIGINT", interrupt);

const signal = AbortSignal.any([interruption.signal, AbortSignal.timeout(2000)]);
const source = new EventSource(process.argv[2] ?? "http://127.0.0.1:8000/events", { signal });

let received = 0;
try {
  // Aborting closes the source: the loop ends without an error.
  for await (const { lastEventId, data } of source) {
    console.log(lastEventId, data);
    received++;
  }
  console.log(`${received} events, then: ${signal.reason.message}`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  process.off("SIGINT", interrupt);
}
