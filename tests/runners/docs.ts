/**
 * What the examples in documentation meet instead of the network and the disk, so that they can be
 * what a reader would paste. It is loaded before each file of examples.
 *
 * - https://example.com/events is the example server, on loopback; other URLs of that host, and a
 *   language model's API, answer at once.
 * - Loops that would go on for ever end after a few events, as by `close()`.
 * - Files are kept in memory. Proxies and CAs are accepted, and not used.
 *
 * @module
 */

import fs from "node:fs";
import { EventSource } from "@x/eventsource";
import { type Server, startServer } from "../../examples/sse_server.ts";

/** How long listeners are given after an example has ended, in milliseconds. */
const GRACE = 100;

/** How many events a loop gets. */
const EVENTS = 5;

const TOKENS = ["Hel", "lo."].map((content) =>
  JSON.stringify({ choices: [{ delta: { content } }] })
);

const ANSWERS: Readonly<Record<string, () => Response>> = {
  "https://example.com/page": () => new Response("A page"),
  "https://example.com/token": () => new Response("token"),
  "https://example.com/backlog": () =>
    new Response("retry: 10\nevent: wind\nid: 1\ndata: 5.2 m/s\n\ndata: 18 degrees\n\n"),
  "https://api.openai.com/v1/chat/completions": () => {
    const body = [...TOKENS, "[DONE]"].map((data) => `data: ${data}\n\n`).join("");
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  },
};

const fetchAsIs = globalThis.fetch;
let server: Server | undefined;
let asked = false;

globalThis.fetch = async (input, init) => {
  asked = true;
  const answer = ANSWERS[String(input)];
  if (answer !== undefined) return answer();
  const { client: _, ...rest } = { ...init } as RequestInit & { client?: unknown };
  if (input !== "https://example.com/events") return await fetchAsIs(input, rest);
  server ??= startServer({ interval: 5 });
  return await fetchAsIs(server.url, rest);
};

// The polyfill defines it then: Deno's own goes to the network.
Reflect.deleteProperty(globalThis, "EventSource");

Object.assign(Deno, { createHttpClient: () => ({ close: () => {} }) });

const files = new Map<string, string>();
Object.assign(fs, {
  existsSync: (path: string) => files.has(path),
  readFileSync: (path: string) => files.get(path) ?? "-----BEGIN CERTIFICATE-----",
  writeFileSync: (path: string, text: string) => files.set(path, text),
});

const { [Symbol.asyncIterator]: iterate } = EventSource.prototype;
Object.defineProperty(EventSource.prototype, Symbol.asyncIterator, {
  value(this: EventSource): AsyncIterableIterator<MessageEvent, undefined> {
    const loop = iterate.call(this);
    let taken = 0;
    return {
      next: () => {
        if (taken++ === EVENTS) this.close();
        return loop.next();
      },
      return: () => loop.return!(),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  },
});

// What a listener throws by then fails the example.
Deno.test.afterEach(async () => {
  if (asked) await new Promise((resolve) => setTimeout(resolve, GRACE));
  await server?.close();
  server = undefined;
  asked = false;
});
