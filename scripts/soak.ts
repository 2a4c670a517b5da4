/**
 * The long tests: `deno task test:soak`. A resumable stream is cut 10,000 times on each runtime,
 * the heap is measured after 5 million events and after 10,000 reconnections, and a stream is
 * silent for ten minutes.
 *
 * @module
 */

import { startScriptedServer } from "../tests/server/scripted_server.ts";
import type { Answer } from "../tests/server/script.ts";
import { readArguments } from "./arguments.ts";
import { prepare, runtime } from "./prepare.ts";
import { runtimes } from "./runtimes.ts";

/** What the heap may grow by between the measurements: noise of the runtimes, no leak. */
const ALLOWED_GROWTH = 2 * 1024 * 1024;

/** How long a stream is silent, in milliseconds. */
const SILENCE = 600_000;

readArguments({
  command: "deno task test:soak",
  about: "Cuts a stream 10,000 times, and looks for leaks over 5 million events.",
});

const names = ["deno", "node-22", "node-24", "node-26", "bun"];
await prepare(names.filter((name) => name !== "deno").map(runtime));
let failed = false;

const { success } = await new Deno.Command(Deno.execPath(), {
  args: [
    ...["task", "test", "--filter", "resumable", "--cuts", "10000"],
    ...names.flatMap((name) => ["--runtime", name]),
  ],
}).spawn().status;
failed ||= !success;

const server = await startScriptedServer();
const oneMessage = await script([{ steps: [{ write: "retry: 0\ndata: a\n\n" }, "end"] }]);
const silent = await script([{
  steps: [{ write: "data: early\n\n" }, { wait: SILENCE }, { write: "data: late\n\n" }],
}]);

const silences = names.map(async (name) => {
  const [command, ...args] = commandOf(name);
  // The fetch of Node.js has a time limit of its own, which its node:http has not.
  const entry = name.startsWith("node") ? "node.ts" : "mod.ts";
  const { stdout } = await new Deno.Command(command, {
    args: [...args, program("silence.ts"), entry, silent],
    stderr: "inherit",
  }).output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  return { name, lines };
});

for (const name of names) {
  const [command, ...args] = commandOf(name);
  const { stdout } = await new Deno.Command(command, {
    args: [...args, program("memory.ts"), oneMessage],
    stderr: "inherit",
  }).output();
  const measured: Record<string, [number, number]> = JSON.parse(new TextDecoder().decode(stdout));
  for (const [what, [first, last]] of Object.entries(measured)) {
    report(
      last - first <= ALLOWED_GROWTH,
      `${name}: heap after the first 1,000 ${what} ${mebibytes(first)}, ` +
        `after the last ${mebibytes(last)}`,
    );
  }
}

for (const { name, lines } of await Promise.all(silences)) {
  const late = Math.round(SILENCE / 1000);
  const isQuiet = lines[0] === "0 s: early" && lines[1] === `${late} s: late`;
  report(isQuiet && lines.length === 2, `${name}: a silent stream: ${lines.join(", ")}`);
}
server.close();
Deno.exit(failed ? 1 : 0);

async function script(answers: readonly Answer[]): Promise<string> {
  const response = await fetch(`${server.url}/scripts`, {
    method: "POST",
    body: JSON.stringify(answers),
  });
  return server.url + await response.json();
}

function commandOf(name: string): [string, ...string[]] {
  if (name === "deno") {
    return [Deno.execPath(), "run", "--quiet", "--allow-all", "--v8-flags=--expose-gc"];
  }
  if (name === "bun") return [runtimes.bun];
  return [runtimes.node(name.slice("node-".length)) ?? "node", "--expose-gc"];
}

function program(file: string): string {
  return new URL(`../tests/soak/${file}`, import.meta.url).pathname;
}

function report(isGood: boolean, text: string): void {
  failed ||= !isGood;
  console.log(`${isGood ? "ok" : "FAILED"} ${text}`);
}

function mebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(2)} MiB`;
}
