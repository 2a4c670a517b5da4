/**
 * Idle connections on Node.js: what each costs in memory, and how soon one event reaches all.
 *
 * @module
 */

import type { Measurement } from "../../bench/child.ts";
import { type Runtime, startServer, startSide } from "./processes.ts";

/** Who holds connections. */
export const HOLDERS: readonly string[] = [
  "ours (node:http)",
  "ours",
  "eventsource",
  "node:http alone",
  "fetch alone",
];

/**
 * How many connections: the budget's, the most, and some beside them, since the resident set grows
 * in steps, which one number may fall on either side of.
 */
export const CONNECTIONS: readonly number[] = [500, 1_000, 2_000, 4_000, 10_000];

/** What was measured, one for each process, or why there is nothing. */
export type IdleMeasurement = readonly Measurement[] | { readonly failure: string };

/** By the number of connections, and then by who holds them. */
export type Idle = Map<number, Map<string, IdleMeasurement>>;

/** Measures each number of connections, each time in a fresh process and with a fresh server. */
export async function compareIdle(
  runtime: Runtime,
  serverRuntime: Runtime,
  rounds: number,
): Promise<Idle> {
  const results: Idle = new Map();
  for (const connections of CONNECTIONS) {
    const ofCount = new Map<string, IdleMeasurement>();
    results.set(connections, ofCount);
    const limit = await limitOf(connections);
    const measured = new Map<string, Measurement[]>(HOLDERS.map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (const name of HOLDERS) {
        if (ofCount.has(name)) continue;
        try {
          if (limit !== undefined) throw new Error(limit);
          // A port that no connection of the last round waits on.
          const server = await startServer(serverRuntime);
          try {
            const side = await startSide(runtime, "idle/main.ts", name, server.url);
            measured.get(name)!.push(
              await side.measure({ connections }).finally(() => side.stop()),
            );
          } finally {
            await server.stop();
          }
        } catch (error) {
          ofCount.set(name, { failure: error instanceof Error ? error.message : String(error) });
        }
      }
    }
    for (const name of HOLDERS) {
      if (!ofCount.has(name)) ofCount.set(name, measured.get(name)!);
    }
  }
  return results;
}

/** What of this system's limits forbids so many connections; `undefined` if nothing does. */
async function limitOf(connections: number): Promise<string | undefined> {
  const room = connections + 200;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", "ulimit -Hn"] }).output();
  const files = new TextDecoder().decode(stdout).trim();
  if (files !== "unlimited" && Number(files) < room) {
    return `skipped: a process may hold ${files} file descriptors here`;
  }
  try {
    const [first = 0, last = Infinity] = (await Deno.readTextFile(
      "/proc/sys/net/ipv4/ip_local_port_range",
    )).trim().split(/\s+/).map(Number);
    if (last - first < room) return `skipped: there are ${last - first} ephemeral ports here`;
  } catch {
    // Not Linux; the attempt will tell.
  }
  return undefined;
}
