// node examples/node/esm.mjs [url]
// In a clone, first: npx -y deno@2 task build:npm && npm install --no-save ./build/npm/*.tgz

/**
 * Prints five events of a feed that needs a token, on Node.js, as an ES module.
 *
 * The token is in the environment variable FEED_TOKEN. The feed is that of
 * `examples/sse_server.ts 8000`, which accepts any token, unless you name another.
 *
 * @module
 */

import process from "node:process";
import { EventSource } from "@x/eventsource";

const token = process.env.FEED_TOKEN ?? "guest";
const source = new EventSource(process.argv[2] ?? "http://127.0.0.1:8000/events", {
  headers: { Authorization: `Bearer ${token}` },
});

let received = 0;
source.onmessage = ({ lastEventId, data }) => {
  console.log(lastEventId, data);
  received++;
  if (received === 5) source.close();
};

source.onerror = ({ status, message, willReconnect }) => {
  if (status === 401) console.error("the feed does not take this token: set FEED_TOKEN");
  else console.error(message);
  if (willReconnect === false) process.exitCode = 1;
};
