/**
 * The benchmarks: `deno task bench`. They measure every runtime that is there, print the results and
 * write them to bench/results.md.
 *
 * Options: `--runtime NAME` and `--workload NAME` (both repeatable) for some only, `--rounds N` for
 * how many rounds each launch of a comparison has, `--quick` for few, `--output FILE`. Without
 * `--output`, what is not whole is printed and not written.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { buildNpm } from "./build_npm.ts";
import { BENCH, type Runtime } from "./bench/processes.ts";
import { compareIdle } from "./bench/idle.ts";
import { compareChunks, compareLoopback } from "./bench/loopback.ts";
import { compareAdversarial, compareParsers } from "./bench/parser.ts";
import { report } from "./bench/report.ts";
import type { Results } from "./bench/results.ts";
import type { Comparison, Effort } from "./bench/rounds.ts";
import { measureSizes, packageVersions } from "./bench/sizes.ts";
import { compareStartup } from "./bench/startup.ts";
import { run } from "./npm/command.ts";
import { readConfig, ROOT } from "./npm/config.ts";
import { installRuntimes } from "./runtimes.ts";

const WORKLOADS = ["loopback", "chunks", "parser", "adversarial", "startup", "idle", "sizes"];

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    runtime: { type: "string", multiple: true },
    workload: { type: "string", multiple: true, default: WORKLOADS },
    rounds: { type: "string" },
    quick: { type: "boolean", default: false },
    output: { type: "string" },
  },
});

await run([Deno.execPath(), "install", "--frozen", "--quiet"], BENCH);
const binaries = await installRuntimes();
await buildNpm();

const loadBefore = load();
const skipped: string[] = [
  "workerd: the parser alone is measured there; it reads no standard input, and has no clock",
];
const all = await findRuntimes();
const chosen = options.runtime ?? all.map(({ name }) => name);
refuseUnknown("runtime", chosen, all.map(({ name }) => name));
refuseUnknown("workload", options.workload, WORKLOADS);
const runtimes = all.filter(({ name }) => chosen.includes(name));
// The streams' server is the same for all: the newest Node.js that is usual, or else this Deno.
const node = all.find(({ name }) => name === "node-24");
const server = node ?? all[0]!;

const results:
  & Omit<Results, "idle" | "sizes">
  & { -readonly [Key in "idle" | "sizes"]: Results[Key] } = {
    runtimes,
    loopback: new Map(),
    chunks: new Map(),
    parsers: new Map(),
    adversarial: new Map(),
    startup: new Map(),
    idle: undefined,
    sizes: new Map(),
  };

for (const runtime of runtimes) {
  const { name } = runtime;
  // Those without budgets of their own are shown by half the effort.
  const share = name === "node-22" || name === "node-26" ? 0.5 : 1;
  if (name !== "workerd") {
    await measure(
      "loopback",
      name,
      results.loopback,
      () => compareLoopback(runtime, server, effort(2 * share, 1, share === 1 ? 3 : 2)),
    );
    await measure(
      "chunks",
      name,
      results.chunks,
      () => compareChunks(runtime, effort(2 * share, 1, 4)),
    );
    await measure(
      "startup",
      name,
      results.startup,
      () => compareStartup(runtime, server, options.quick ? 3 : 10),
    );
  }
  await measure(
    "parser",
    name,
    results.parsers,
    // Warm is a quarter of a second: JavaScriptCore compiles in earnest no sooner.
    // In workerd, where a request has to be worth its while, each of them takes longer.
    () => compareParsers(runtime, effort(share === 1 ? 3 : 2, name === "workerd" ? 8 : 40, 8)),
  );
  // In workerd, whose engine is that of Node.js, the requests would blur how time grows.
  if (name !== "workerd") {
    await measure(
      "adversarial",
      name,
      results.adversarial,
      () => compareAdversarial(runtime, effort(1, 4, 5)),
    );
  }
}
if (options.workload.includes("idle")) {
  if (node === undefined || !runtimes.includes(node)) {
    skipped.push("idle connections: no Node.js 24");
  } else {
    const started = performance.now();
    results.idle = await compareIdle(node, server, options.quick ? 1 : 3);
    say("idle", node.name, started);
  }
}
if (options.workload.includes("sizes")) results.sizes = await measureSizes();

const { version } = readConfig();
const page = report(results, {
  date: new Date().toISOString().slice(0, 10),
  version,
  packages: await packageVersions(),
  machine: `${navigator.hardwareConcurrency} cores, ${Deno.build.arch}, ${Deno.build.os}; load ` +
    `average ${loadBefore} before and ${load()} after` +
    (options.quick ? "; a quick run, of few rounds" : ""),
  skipped,
});
console.log(page);

const isWhole = options.runtime === undefined && options.workload === WORKLOADS &&
  options.rounds === undefined && !options.quick;
const file = options.output ?? (isWhole ? new URL("results.md", BENCH).pathname : undefined);
if (file === undefined) console.log("Not written: this was not the whole benchmark.");
else {
  await Deno.writeTextFile(file, page);
  // By name: the nearest would be that of the folder, which has none.
  await run([Deno.execPath(), "fmt", "--quiet", "--config", "deno.json", file], ROOT);
  console.log(`Written to ${file}`);
}

/** Of the last minute: with more processes than cores, the others are noise. */
function load(): string {
  return Deno.loadavg()[0]!.toFixed(1);
}

/** Measures one group on one runtime, if it is asked for. */
async function measure(
  group: string,
  runtime: string,
  found: Map<string, Comparison>,
  compare: () => Promise<Comparison>,
): Promise<void> {
  if (!options.workload.includes(group)) return;
  const started = performance.now();
  found.set(runtime, await compare());
  say(group, runtime, started);
}

function say(group: string, runtime: string, started: number): void {
  console.error(`${group}, ${runtime}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

function effort(launches: number, warmUps: number, rounds: number): Effort {
  if (options.quick) return { launches: 1, warmUps: 1, rounds: Number(options.rounds ?? 2) };
  return { launches, warmUps, rounds: Number(options.rounds ?? rounds) };
}

async function findRuntimes(): Promise<Runtime[]> {
  const found: Runtime[] = [{
    name: "deno",
    version: Deno.version.deno,
    command: [Deno.execPath(), "run", "--quiet", "--allow-all", "--v8-flags=--expose-gc"],
  }];
  for (const major of ["22", "24", "26"]) {
    const binary = binaries.node(major);
    if (binary === undefined) skipped.push(`node-${major}: npm has no binary for this platform`);
    else {
      found.push({
        name: `node-${major}`,
        version: await versionOf(binary),
        command: [binary, "--expose-gc", "--disable-warning=ExperimentalWarning"],
      });
    }
  }
  const { bun, workerd } = binaries;
  found.push({ name: "bun", version: await versionOf(bun), command: [bun] });
  found.push({ name: "workerd", version: await versionOf(workerd), command: [workerd] });
  return found;
}

async function versionOf(binary: string): Promise<string> {
  return (await run([binary, "--version"], ROOT)).trim().replace(/^(v|workerd )/, "");
}

function refuseUnknown(what: string, names: readonly string[], known: readonly string[]): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  console.error(`There is no ${what} ${JSON.stringify(unknown)}: ${known.join(", ")}`);
  Deno.exit(2);
}
