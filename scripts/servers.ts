/**
 * The servers of the tests that run in processes of their own.
 *
 * @module
 */

import type { TestConfig } from "../tests/harness.ts";
import type { Runtimes } from "./runtimes.ts";

/** The running servers. */
export interface Servers {
  /** Servers that others have written, by name. */
  readonly interop: Readonly<Record<string, string>>;
  readonly tls: TestConfig["tls"];
  readonly proxies: TestConfig["proxies"];
  close(): void;
}

/** Starts them. The certificate of the authority to trust goes to a file. */
export async function startServers(runtimes: Runtimes, authority: string): Promise<Servers> {
  const node = runtimes.node("24") ?? "node";
  const processes: Deno.ChildProcess[] = [];

  /** Starts a script; its first line. */
  async function start(binary: string, script: string, ...args: string[]): Promise<string> {
    const path = new URL(`../tests/runtimes/servers/${script}`, import.meta.url).pathname;
    const child = new Deno.Command(binary, { args: [path, ...args], stdout: "piped" }).spawn();
    processes.push(child);
    let text = "";
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (text.includes("\n")) return text.slice(0, text.indexOf("\n"));
    }
    throw new Error(`The server ${script} ended without a word`);
  }

  const [betterSse, h3, hono, tls, proxies] = await Promise.all([
    start(node, "better_sse.mjs"),
    start(node, "h3.mjs"),
    start(runtimes.bun, "hono.mjs"),
    start(node, "tls.mjs", authority),
    start(node, "proxies.mjs"),
  ]);
  return {
    interop: {
      "better-sse": `http://127.0.0.1:${betterSse}/`,
      h3: `http://127.0.0.1:${h3}/`,
      hono: `http://127.0.0.1:${hono}/`,
    },
    tls: JSON.parse(tls),
    proxies: JSON.parse(proxies),
    close(): void {
      for (const child of processes) child.kill();
    },
  };
}
