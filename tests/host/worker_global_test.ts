/**
 * A source in the global scope of a Worker, where neither fetch nor a timer is to be had: it fails
 * for good, and says so, rather than break the whole Worker.
 */

import { assertEquals, assertMatch } from "@std/assert";
import { runtimes } from "../../scripts/runtimes.ts";
import { type Compatibility, compatibilityConfig, WORKERS } from "../../scripts/workerd.ts";
import { test } from "../harness.ts";
import { script, streaming } from "../scripted.ts";

const { workerd } = runtimes;

/** How long each of the two processes may take, in milliseconds. */
const PATIENCE = 30_000;

function config(url: string, compatibility: Compatibility): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [
  (name = "worker", worker = .worker),
  (name = "internet", network = (allow = ["public", "private"]))
]);
const worker :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
  bindings = [(name = "URL", text = ${JSON.stringify(url)})],
  ${compatibilityConfig(compatibility)}
);
`;
}

async function execute(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd,
    env: { NO_COLOR: "1" },
    signal: AbortSignal.timeout(PATIENCE),
  }).output();
  const decoder = new TextDecoder();
  return decoder.decode(stdout) + decoder.decode(stderr);
}

for (const [name, compatibility] of Object.entries(WORKERS)) {
  test(`Worker: a source in the global scope fails for good, with an event [${name}]`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const entry = new URL("children/worker.ts", import.meta.url).pathname;
      const output = ["-o", `${folder}/worker.mjs`];
      await execute(Deno.execPath(), ["bundle", "--platform", "browser", ...output, entry], folder);
      const server = await script(streaming("data: b\n\n"));
      await Deno.writeTextFile(`${folder}/worker.capnp`, config(server.url, compatibility));
      const printed = await execute(workerd, ["test", "worker.capnp"], folder);
      assertMatch(printed, /^records /m);
      const [, records = ""] = /^records (.*)$/m.exec(printed) ?? [];
      assertEquals(JSON.parse(records), {
        "global scope": [
          "error unsupported, state 2: Cannot connect to http://localhost/: <no I/O>; " +
          "cannot wait to reconnect: <no I/O>",
        ],
        "global scope, after a stream": [
          "open",
          "message a",
          "error unsupported, state 2: http://localhost/ ended; " +
          "cannot wait to reconnect: <no I/O>",
        ],
        // The Worker itself is none the worse for it.
        "handler": ["open", "message b", "closed"],
      }, printed);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
