/**
 * How long a client takes to be imported, and to bring its first event, in a fresh process each.
 *
 * @module
 */

import { ours } from "./loopback.ts";
import { runOnce, type Runtime, startServer } from "./processes.ts";
import type { Comparison, Samples } from "./rounds.ts";

/** What is measured. */
const STARTUP_WORKLOADS: readonly string[] = ["import", "first event", "together"];

/** Starts each client a number of times, in turn. */
export async function compareStartup(
  runtime: Runtime,
  serverRuntime: Runtime,
  rounds: number,
): Promise<Comparison> {
  const sides = [
    ours(runtime.name),
    ...(runtime.name.startsWith("node") ? ["ours"] : []),
    "eventsource",
    ...(runtime.name === "deno" ? ["native"] : []),
  ];
  const comparison: Comparison = new Map(
    STARTUP_WORKLOADS.map((
      name,
    ) => [name, new Map<string, Samples>(sides.map((side) => [side, { values: [] }]))]),
  );
  const server = await startServer(serverRuntime);
  try {
    // The first round fills the caches of the system.
    for (let round = -1; round < rounds; round++) {
      for (const side of sides) {
        const measured = await runOnce(runtime, "startup/main.ts", side, server.url);
        if (round < 0) continue;
        for (const [name, samples] of comparison) {
          const found = samples.get(side);
          if (found === undefined || "failure" in found) continue;
          samples.set(side, { values: [...found.values, measured[name]!] });
        }
      }
    }
  } finally {
    await server.stop();
  }
  return comparison;
}
