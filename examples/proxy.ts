// deno run --allow-net examples/proxy.ts <proxy> [url]

/**
 * Prints three events of a feed through a proxy, such as `http://user:password@proxy.example:3128`,
 * or `socks5://proxy.example` on Node.js.
 *
 * The feed is that of `examples/sse_server.ts 8000`, unless you name another.
 *
 * @module
 */

import process from "node:process";
import { EventSource } from "@x/eventsource";

const [proxy, url = "http://127.0.0.1:8000/events"] = process.argv.slice(2);
if (proxy === undefined) {
  console.error("Name a proxy: examples/proxy.ts <proxy> [url]");
  process.exit(2);
}

const source = new EventSource(url, {
  // "env" reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY instead.
  proxy,
  // Give up soon if the proxy is wrong.
  reconnection: { delay: 500, maxRetries: 2 },
});

let received = 0;
source.onmessage = ({ lastEventId, data }) => {
  console.log(lastEventId, data);
  received++;
  if (received === 3) source.close();
};

source.onerror = ({ message, willReconnect }) => {
  console.error(message);
  if (willReconnect === false) process.exitCode = 1;
};
