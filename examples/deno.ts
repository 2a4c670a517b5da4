// deno run --allow-net examples/deno.ts [url]

/**
 * Prints five events of a feed on Deno, in a loop. It needs `--allow-net` and nothing else.
 *
 * The feed is that of `examples/sse_server.ts 8000`, unless you name another. In your own project,
 * run `deno add jsr:@x/eventsource` first.
 *
 * @module
 */

import { EventSource } from "@x/eventsource";

const source = new EventSource(Deno.args[0] ?? "http://127.0.0.1:8000/events");

source.onerror = ({ message, willReconnect, delay = 0 }) => {
  if (willReconnect) console.error(`${message}; trying again in ${Math.round(delay / 1000)} s`);
};

let received = 0;
try {
  for await (const { type, lastEventId, data } of source) {
    console.log(type, lastEventId, data);
    received++;
    if (received === 5) break; // Closes the source.
  }
} catch (error) {
  // Final: status 404, for example.
  console.error(error instanceof Error ? error.message : error);
  Deno.exitCode = 1;
}
