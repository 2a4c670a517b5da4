// deno run --allow-net examples/custom_fetch.ts

/**
 * A `fetch` of your own that logs each request and retries when the server is busy. Without it, a
 * source closes on status 503. (If retries are all you want, `reconnection: { when }` is shorter.)
 *
 * The server is in this file: it is busy twice, then sends three events.
 *
 * @module
 */

import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { EventSource, type FetchLike } from "@x/eventsource";

const BUSY = [429, 502, 503, 504];

/** A fetch that makes up to `requests` requests, with growing waits between them. */
function retrying(requests: number): FetchLike {
  return async (url, init) => {
    for (let request = 1;; request++) {
      const response = await fetch(url, init);
      console.log(`${init.method} ${new URL(url).pathname}: ${response.status}`);
      if (!BUSY.includes(response.status) || request === requests) return response;
      // An unread body would keep its socket.
      await response.body?.cancel();
      // Closing the source aborts the signal, which ends the wait.
      await wait(100 * 2 ** request, undefined, { signal: init.signal });
    }
  };
}

const server = createServer(answer).listen(0, "127.0.0.1", follow);

function follow(): void {
  const { port } = server.address() as AddressInfo;
  const source = new EventSource(`http://127.0.0.1:${port}/events`, { fetch: retrying(4) });

  source.onmessage = ({ data }) => {
    console.log(data);
    if (data !== "three") return;
    source.close();
    server.close();
  };

  source.onerror = ({ message, willReconnect }) => {
    console.error(message);
    if (willReconnect !== false) return;
    process.exitCode = 1;
    server.close();
  };
}

let requests = 0;
function answer(_: unknown, response: ServerResponse): void {
  requests++;
  if (requests < 3) {
    response.writeHead(503).end("busy\n");
  } else {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write("data: one\n\ndata: two\n\ndata: three\n\n");
  }
}
