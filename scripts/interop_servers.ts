/**
 * Servers that others have written, for the tests of interoperation.
 *
 * @module
 */

import type { Runtimes } from "./runtimes.ts";

/** The running servers. */
export interface InteropServers {
  /** By name. */
  readonly urls: Readonly<Record<string, string>>;
  close(): void;
}

/** Starts them, each in a process of its own. */
export async function startInteropServers(runtimes: Runtimes): Promise<InteropServers> {
  const node = runtimes.node("24") ?? "node";
  const processes: Deno.ChildProcess[] = [];
  const urls: Record<string, string> = {};
  for (
    const [name, binary, script] of [
      ["better-sse", node, "better_sse.mjs"],
      ["h3", node, "h3.mjs"],
      ["hono", runtimes.bun, "hono.mjs"],
    ] as const
  ) {
    const path = new URL(`../tests/runtimes/servers/${script}`, import.meta.url).pathname;
    const child = new Deno.Command(binary, { args: [path], stdout: "piped" }).spawn();
    processes.push(child);
    urls[name] = `http://127.0.0.1:${await firstLine(name, child.stdout)}/`;
  }
  return {
    urls,
    close(): void {
      for (const child of processes) child.kill();
    },
  };
}

async function firstLine(name: string, stdout: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes("\n")) return text.slice(0, text.indexOf("\n"));
  }
  throw new Error(`The ${name} server ended without a word`);
}
