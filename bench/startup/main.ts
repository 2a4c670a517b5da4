/**
 * A process that starts, imports a client and waits for its first event: `main.ts CLIENT SERVER`.
 * It is measured once, since it starts once.
 *
 * @module
 */

import process from "node:process";
import { type EventSourceClass, load, loadOurs } from "../packages.ts";

const [name = "", server = ""] = process.argv.slice(2);

const started = performance.now();
const { EventSource } = await importClient();
const imported = performance.now();
const source = new EventSource(`${server}/first`);
await new Promise<void>((resolve) => source.addEventListener("message", () => resolve()));
const received = performance.now();
source.close();
console.log(
  JSON.stringify({
    "import": imported - started,
    "first event": received - imported,
    "together": received - started,
  }),
);
process.exit();

function importClient(): Promise<{ EventSource: EventSourceClass }> {
  if (name === "native") {
    return Promise.resolve({ EventSource: globalThis.EventSource as EventSourceClass });
  }
  if (name.startsWith("ours")) return loadOurs(name === "ours" ? "mod" : "node");
  return load(name);
}
