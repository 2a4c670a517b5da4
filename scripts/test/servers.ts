/**
 * The servers of the tests: the scripted one, and those that run in processes of their own.
 *
 * @module
 */

import type { TestConfig } from "../../tests/harness.ts";
import { refusedUrl } from "../../tests/host/loopback.ts";
import { type Need, runtime } from "../prepare.ts";
import { end, start } from "../processes.ts";
import { node, runtimes } from "../runtimes.ts";

const SCRIPTED = new URL("../../tests/server/main.ts", import.meta.url).href;
const FOLDER = new URL("../../tests/runtimes/servers/", import.meta.url);

/** What has to be downloaded for them. */
export const SERVERS: readonly Need[] = ["servers", "bun", "node-24"].map(runtime);

/** The running servers. */
export interface Servers {
  /** Where the tests find them. */
  readonly config: Pick<
    TestConfig,
    "server" | "otherServer" | "refused" | "interop" | "tls" | "proxies"
  >;
  close(): void;
}

/** Starts them. The certificate of the CA to trust goes to a file. */
export async function startServers(caFile: string): Promise<Servers> {
  const children: ReturnType<typeof start>[] = [];
  const close = () => children.forEach(end);

  /** Starts a script; its first line. */
  async function firstLine(...command: readonly string[]): Promise<string> {
    const child = start(command, { cwd: FOLDER });
    children.push(child);
    let text = "";
    let errors = "";
    child.stderr!.on("data", (chunk) => errors += chunk);
    for await (const chunk of child.stdout!) {
      text += chunk;
      if (text.includes("\n")) return text.slice(0, text.indexOf("\n"));
    }
    throw new Error(`The server ${command.join(" ")} ended early: ${errors}`);
  }

  const [scripted, betterSse, h3, hono, tls, proxies] = await Promise.all([
    // In a process of its own: what the runner computes would delay what it answers.
    firstLine(Deno.execPath(), "run", "--allow-net", SCRIPTED),
    firstLine(node, "better_sse.mjs"),
    firstLine(node, "h3.mjs"),
    firstLine(runtimes.bun, "hono.mjs"),
    firstLine(node, "tls.mjs", caFile),
    firstLine(node, "proxies.mjs"),
  ]).catch((error) => {
    close();
    throw error;
  });
  return {
    config: {
      ...JSON.parse(scripted),
      refused: refusedUrl(),
      interop: {
        "better-sse": `http://127.0.0.1:${betterSse}/`,
        h3: `http://127.0.0.1:${h3}/`,
        hono: `http://127.0.0.1:${hono}/`,
      },
      tls: JSON.parse(tls),
      proxies: JSON.parse(proxies),
    },
    close,
  };
}
