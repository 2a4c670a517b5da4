/**
 * Counts the full TLS handshakes of node.js's entry: `main.ts URL CA`, where the server is that of
 * the tests, which answers whether a session was resumed and how many connections it has seen.
 *
 * @module
 */

import { Agent } from "node:https";
import process from "node:process";
import { type EventSourceClass, loadOurs } from "../packages.ts";

/** How many times a stream is opened again, and how many requests follow one another. */
const TIMES = 5;

const [url = "", ca = ""] = process.argv.slice(2);
const { EventSource } = await loadOurs<{ EventSource: NodeSourceClass }>("node");

console.log(JSON.stringify({ reconnections: await reconnect(), posts: await post() }));
process.exit();

/** A stream that the server ends at once, opened and then opened again: the handshakes in full. */
async function reconnect(): Promise<number> {
  const sessions: string[] = [];
  const source = new EventSource(`${url}?session`, { https: { ca }, reconnection: { delay: 1 } });
  await new Promise<void>((resolve) => {
    source.addEventListener("message", ({ data }) => {
      if (sessions.push(data) > TIMES) resolve();
    });
  });
  source.close();
  return sessions.filter((session) => session !== "resumed").length;
}

/** POSTs one after another with an agent that keeps connections: how many it has made. */
async function post(): Promise<number> {
  const agent = new Agent({ keepAlive: true, ca });
  let connections = 0;
  for (let request = 0; request < TIMES; request++) {
    const source = new EventSource(`${url}?sockets`, { method: "POST", body: "{}", agent });
    for await (const { data } of source) connections = Number(data);
  }
  agent.destroy();
  return connections;
}

/** The source of ./node, as far as it is used here. */
type NodeSourceClass = new (
  url: string,
  init: Readonly<Record<string, unknown>>,
) => InstanceType<EventSourceClass> & AsyncIterable<{ readonly data: string }>;
