// bun examples/bun.ts [url]
// In a clone, first: npx -y deno@2 task build:npm && npm install --no-save ./build/npm/*.tgz

/**
 * Prints five events of a feed on Bun, with listeners.
 *
 * The feed is that of `examples/sse_server.ts 8000`, unless you name another.
 *
 * @module
 */

import process from "node:process";
import { EventSource } from "@x/eventsource";

const source = new EventSource(process.argv[2] ?? "http://127.0.0.1:8000/events");

source.onopen = ({ url }) => console.log("connected to", url);

let received = 0;
function print({ type, lastEventId, data }: MessageEvent): void {
  console.log(type, lastEventId, data);
  received++;
  if (received === 5) source.close();
}
source.addEventListener("message", print);
source.addEventListener("wind", print);

source.onerror = ({ message, willReconnect }) => {
  console.error(message);
  // The source is closed for good, on a 404 for example.
  if (willReconnect === false) process.exitCode = 1;
};
