/**
 * The long tests: `deno task test:soak`. A resumable stream is cut 10,000 times on each runtime,
 * and the heap is measured after 5 million events and after 10,000 reconnections.
 *
 * @module
 */

import { startScriptedServer } from "../tests/server/scripted_server.ts";
import { installRuntimes } from "./runtimes.ts";

/** What the heap may grow by between the measurements: noise of the runtimes, no leak. */
const ALLOWED_GROWTH = 2 * 1024 * 1024;

const runtimes = await installRuntimes();
const names = ["deno", "node-22", "node-24", "node-26", "bun"];
let failed = false;

const { success } = await new Deno.Command(Deno.execPath(), {
  args: [
    ...["run", "--quiet", "--allow-all", new URL("./test.ts", import.meta.url).pathname],
    ...["--filter", "resumable", "--cuts", "10000"],
    ...names.flatMap((name) => ["--runtime", name]),
  ],
}).spawn().status;
failed ||= !success;

const server = await startScriptedServer();
const response = await fetch(`${server.url}/scripts`, {
  method: "POST",
  body: JSON.stringify([{ steps: [{ write: "retry: 0\ndata: a\n\n" }, "end"] }]),
});
const url = server.url + await response.json();
const program = new URL("../tests/soak/memory.ts", import.meta.url).pathname;
for (const name of names) {
  const [command, ...args] = name === "deno"
    ? [Deno.execPath(), "run", "--quiet", "--allow-all", "--v8-flags=--expose-gc"]
    : name === "bun"
    ? [runtimes.bun]
    : [runtimes.node(name.slice("node-".length)) ?? "node", "--expose-gc"];
  const { stdout } = await new Deno.Command(command!, {
    args: [...args, program, url],
    stderr: "inherit",
  }).output();
  const measured: Record<string, [number, number]> = JSON.parse(new TextDecoder().decode(stdout));
  for (const [what, [first, last]] of Object.entries(measured)) {
    const leaks = last - first > ALLOWED_GROWTH;
    failed ||= leaks;
    console.log(
      `${leaks ? "FAILED" : "ok"} ${name}: heap after the first 1,000 ${what} ${
        mebibytes(first)
      }, ` +
        `after the last ${mebibytes(last)}`,
    );
  }
}
server.close();
Deno.exit(failed ? 1 : 0);

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(2)} MiB`;
}
