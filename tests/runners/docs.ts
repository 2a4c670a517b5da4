/**
 * What examples in documentation find at https://example.com/events: the example server, on
 * loopback. It is loaded before each file of examples.
 *
 * @module
 */

import { type Server, startServer } from "../../examples/sse_server.ts";

/** How long listeners are given after an example has ended, in milliseconds. */
const GRACE = 100;

const fetchAsIs = globalThis.fetch;
let server: Server | undefined;
let asked = false;

globalThis.fetch = (input, init) => {
  asked = true;
  if (input !== "https://example.com/events") return fetchAsIs(input, init);
  server ??= startServer({ interval: 5 });
  return fetchAsIs(server.url, init);
};

// What a listener throws by then fails the example.
Deno.test.afterEach(async () => {
  if (asked) await new Promise((resolve) => setTimeout(resolve, GRACE));
  await server?.close();
  server = undefined;
  asked = false;
});
