/**
 * A side within workerd: a Worker that is asked by HTTP, since it has no standard input, and timed
 * from outside, since its clock stands still while it runs.
 *
 * @module
 */

import { ROOT } from "../npm/config.ts";
import { bundle, MeasurementError, type Runtime, type Side } from "./processes.ts";

const BUILD = new URL("build/bench/", ROOT);

/** The compatibility date of the Worker. */
const DATE = "2026-10-23";

/** Starts a Worker for one parser. */
export async function startWorkerdSide({ command }: Runtime, name: string): Promise<Side> {
  const folder = new URL(`${name.replace(/\W+/g, "-")}/`, BUILD);
  if (!written.has(name)) await writeWorker(name, folder);
  written.add(name);
  const child = new Deno.Command(command[0], {
    args: ["serve", "--control-fd=1", "config.capnp"],
    cwd: folder,
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const url = `http://127.0.0.1:${await portOf(child)}/`;
  return {
    name,
    async measure(parserCommand) {
      const body = JSON.stringify(parserCommand);
      const started = performance.now();
      const response = await fetch(url, { method: "POST", body });
      const { error, ...result } = await response.json();
      const ms = performance.now() - started;
      if (error !== undefined) throw new MeasurementError(error);
      return { ...result, ms };
    },
    async stop() {
      child.kill();
      await child.status;
      await child.stdout.cancel().catch(() => {});
    },
  };
}

/** The Workers that have been written by this process. */
const written = new Set<string>();

async function writeWorker(name: string, folder: URL): Promise<void> {
  const parser = name === "eventsource-parser" ? name : "../npm/esm/parser.js";
  await Deno.mkdir(folder, { recursive: true });
  const { text } = await bundle(
    `import { createParser } from "${parser}";
import { parserWorker } from "./parser/workerd.ts";
export default parserWorker(createParser, ${name === "ours (bytes)"});`,
  );
  await Deno.writeTextFile(new URL("worker.mjs", folder), text);
  await Deno.writeTextFile(
    new URL("config.capnp", folder),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "parser", worker = .parser)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "parser")]
);
const parser :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
  compatibilityDate = "${DATE}"
);
`,
  );
}

/** The port that workerd has chosen, which it tells its parent. */
async function portOf(child: Deno.ChildProcess): Promise<number> {
  const reader = child.stdout.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    text += decoder.decode(value, { stream: true });
    const port = /"port":\s*(\d+)/.exec(text)?.[1];
    if (port !== undefined) {
      reader.releaseLock();
      return Number(port);
    }
    if (done) throw new Error("workerd ended without a word");
  }
}
