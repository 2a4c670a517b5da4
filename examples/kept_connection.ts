// deno run --allow-all examples/kept_connection.ts <url> [ca.pem]

/**
 * Sends five POSTs, as a chat does, over one TLS connection, which an Agent of node:https keeps.
 *
 * Without `agent`, each request has a connection of its own. A kept one saves the handshake, but a
 * request is lost if the server closes the connection at that moment. So the Agent should close it
 * first.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import process from "node:process";
import { EventSource } from "@x/eventsource/node";

const [url, caFile] = process.argv.slice(2);
if (url === undefined) {
  console.error("Say where: examples/kept_connection.ts <https URL> [ca.pem]");
  process.exit(2);
}

const https = caFile === undefined ? {} : { ca: readFileSync(caFile, "utf8") };
const agent = new Agent({ keepAlive: true, timeout: 4000 });

for (const question of ["one", "two", "three", "four", "five"]) {
  const source = new EventSource(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ question }),
    https,
    agent,
  });
  for await (const { data } of source) console.log(question, data);
}
agent.destroy();
