// node examples/node/typescript.mts [url]
// In a clone, first: npx -y deno@2 task build:npm && npm install --no-save ./build/npm/*.tgz

/**
 * Computes with typed events, in TypeScript that Node.js runs unbuilt (22.18 or later).
 *
 * The feed is that of `examples/sse_server.ts 8000`, unless you name another that sends the same.
 *
 * @module
 */

import process from "node:process";
import { EventSource } from "@x/eventsource";

/** The events of the feed, by type. Their data is text: JSON, in this feed. */
interface Weather {
  message: string;
  wind: string;
  gap: string;
}

const url = process.argv[2] ?? "http://127.0.0.1:8000/events";
const source = new EventSource<Weather>(url);
const temperatures: number[] = [];

try {
  for await (const event of source) {
    switch (event.type) {
      case "message":
        temperatures.push(readNumber(event.data, "celsius"));
        break;
      case "wind":
        console.log(`wind: ${readNumber(event.data, "speed")} m/s`);
        break;
      case "gap":
        console.warn(event.data);
    }
    if (temperatures.length === 5) break;
  }
  const sum = temperatures.reduce((a, b) => a + b, 0);
  console.log(`mean temperature: ${(sum / temperatures.length).toFixed(1)} °C`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** Checks what the server sent. */
function readNumber(json: string, member: string): number {
  const value: unknown = JSON.parse(json)?.[member];
  if (typeof value !== "number") throw new TypeError(`${member} is no number in ${json}`);
  return value;
}
