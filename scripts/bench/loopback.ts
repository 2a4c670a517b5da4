/**
 * Clients that read streams, over loopback or through a fetch that is given to them.
 *
 * @module
 */

import { startServer, startSide } from "./processes.ts";
import type { Runtime } from "./processes.ts";
import { compare, type Comparison, type Effort } from "./rounds.ts";

/** The workloads of the budget, and others, by the names that bench/workloads.ts gives them. */
const LOOPBACK_WORKLOADS: readonly string[] = ["llm", "named", "tiny", "llm, 10,000"];

/** The workload without a network. */
export const CHUNK_WORKLOAD = "one event per chunk";

/** The workload for the client below. */
const SHORT_STREAM = "llm, 10,000";

/** Those that are compared in one workload only, being of another kind, and slow. */
const NOT_EVENT_SOURCES: ReadonlySet<string> = new Set([
  "fetch-event-stream",
  "@microsoft/fetch-event-source",
]);

/** The client whose time grows with the square of the stream. */
const QUADRATIC = "launchdarkly-eventsource";

/** Our side, as the npm package's own entry has it on a runtime. */
export function ours(runtime: string): string {
  return runtime.startsWith("node") ? "ours (node:http)" : "ours";
}

/** Reads streams over loopback. */
export async function compareLoopback(
  runtime: Runtime,
  serverRuntime: Runtime,
  effort: Effort,
): Promise<Comparison> {
  const server = await startServer(serverRuntime);
  try {
    return await compare({
      sides: loopbackSides(runtime.name),
      workloads: LOOPBACK_WORKLOADS,
      start: (name) => startSide(runtime, "loopback/main.ts", name, server.url),
      command: (workload) => ({ workload }),
      takesPart: (side, workload) => {
        if (workload === SHORT_STREAM) {
          return side === ours(runtime.name) || side === "eventsource" || side === QUADRATIC;
        }
        return side !== QUADRATIC && (workload === "llm" || !NOT_EVENT_SOURCES.has(side));
      },
    }, effort);
  } finally {
    await server.stop();
  }
}

/** Reads one event per chunk through a fetch of one's own. */
export async function compareChunks(runtime: Runtime, effort: Effort): Promise<Comparison> {
  return await compare({
    sides: [
      "ours",
      "eventsource",
      "eventsource-client",
      "fetch-event-stream",
      "@microsoft/fetch-event-source",
      "control",
      "floor",
    ],
    workloads: [CHUNK_WORKLOAD],
    start: (name) => startSide(runtime, "loopback/main.ts", name, "http://127.0.0.1"),
    command: (workload) => ({ workload }),
  }, effort);
}

function loopbackSides(runtime: string): string[] {
  const isNode = runtime.startsWith("node");
  return [
    ...(isNode ? ["ours (node:http)"] : []),
    "ours",
    "eventsource",
    "eventsource-client",
    // Of the others, Bun has its own in its place, and Deno is no runtime that it is for.
    ...(isNode ? ["undici"] : []),
    ...(runtime === "deno" ? ["native"] : []),
    "fetch-event-stream",
    "@microsoft/fetch-event-source",
    "launchdarkly-eventsource",
    "control",
    ...(isNode ? ["control (node:http)"] : []),
    "floor",
    ...(isNode ? ["floor (node:http)"] : []),
  ];
}
