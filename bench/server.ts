/**
 * The server of the benchmarks, in a process of its own, on node:http. It prints its URL.
 *
 * - `/stream?name=NAME`: a stream of workloads.ts in writes of 64 KiB; it stays open afterwards.
 * - `/first`: one event, and then silence.
 * - `/idle`: silence, until `/deliver` is asked for, which sends one event on all of these.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { Readable } from "node:stream";
import { eventsOf, streamOf } from "./workloads.ts";

const WRITE = 64 * 1024;

const idle = new Set<ServerResponse>();
const bodies = new Map<string, readonly Uint8Array[]>();

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  response.on("close", () => idle.delete(response));
  response.writeHead(200, { "content-type": "text/event-stream" });
  switch (pathname) {
    case "/stream":
      Readable.from(bodyOf(searchParams.get("name") ?? "")).pipe(response, { end: false });
      break;
    case "/first":
      response.write("data: first\n\n");
      break;
    case "/idle":
      response.flushHeaders();
      idle.add(response);
      break;
    case "/deliver":
      response.end();
      for (const waiting of idle) waiting.write("data: now\n\n");
      break;
    default:
      response.end();
  }
});

server.listen({ host: "127.0.0.1", port: 0, backlog: 4096 }, () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
// Ends with the process that started it.
process.stdin.on("end", () => process.exit()).resume();

function bodyOf(name: string): readonly Uint8Array[] {
  let body = bodies.get(name);
  if (body === undefined) {
    const bytes = Buffer.from(eventsOf(streamOf(name)).join(""));
    body = Array.from(
      { length: Math.ceil(bytes.length / WRITE) },
      (_, index) => bytes.subarray(index * WRITE, (index + 1) * WRITE),
    );
    bodies.set(name, body);
  }
  return body;
}
