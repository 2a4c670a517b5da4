/**
 * The benchmarks: `deno task bench`. They measure every runtime that is there, print the results
 * and write them to bench/results.md; `--help` lists the options. What is not whole is printed, and
 * not written unless a file is named.
 *
 * @module
 */

import { checkNames, readArguments, RUNTIME, wholeNumber } from "./arguments.ts";
import { buildNpm } from "./build_npm.ts";
import { BENCH, type Runtime } from "./bench/processes.ts";
import { compareIdle } from "./bench/idle.ts";
import { compareChunks, compareLoopback } from "./bench/loopback.ts";
import { compareAdversarial, compareMixed, compareParsers } from "./bench/parser.ts";
import { comparePeer } from "./bench/peer.ts";
import { report } from "./bench/report.ts";
import { noResults } from "./bench/results.ts";
import type { Comparison, Effort } from "./bench/rounds.ts";
import { measureSizes, packageVersions } from "./bench/sizes.ts";
import { compareStartup } from "./bench/startup.ts";
import { countHandshakes } from "./bench/tls.ts";
import { run } from "./npm/command.ts";
import { readConfig, ROOT } from "./npm/config.ts";
import { prepare, runtime, SOURCE } from "./prepare.ts";
import { runtimes as binaries } from "./runtimes.ts";

/** Its engine is that of Node.js; how time grows would be blurred by the requests. */
const NOT_IN_WORKERD =
  "workerd: the parser alone is measured there; it reads no standard input, and has no clock";

const WORKLOADS = [
  "loopback",
  "chunks",
  "parser",
  "mixed",
  "adversarial",
  "startup",
  "tls",
  "idle",
  "sizes",
];

const { values: options } = readArguments({
  command: "deno task bench",
  about: "Measures speed, memory and size against other packages, into bench/results.md.",
  options: {
    runtime: RUNTIME,
    workload: {
      type: "string",
      multiple: true,
      value: "NAME",
      help: `this alone (repeatable): ${WORKLOADS.join(", ")}`,
    },
    rounds: { type: "string", value: "N", help: "how many rounds each launch has" },
    peer: {
      type: "string",
      value: "CHECKOUT",
      help: "run the benchmark of this checkout of eventsource-parser instead, five times",
    },
    quick: { type: "boolean", help: "few rounds" },
    output: {
      type: "string",
      value: "FILE",
      help: "write to FILE; without it, a part of the whole is only printed",
    },
  },
});
const { workload: workloads = WORKLOADS, quick = false, output } = options;
checkNames("workload", workloads, WORKLOADS);
const rounds = options.rounds === undefined ? undefined : wholeNumber("rounds", options.rounds);

const NAMES = ["deno", "node-22", "node-24", "node-26", "bun", "workerd"];
const chosen = options.runtime ?? NAMES;
checkNames("runtime", chosen, NAMES);

await prepare([
  SOURCE,
  ...["node-22", "node-24", "node-26", "bun", "workerd", "servers"].map(runtime),
  "bench",
]);
const skipped: string[] = [];
const all = await findRuntimes();
const runtimes = all.filter(({ name }) => chosen.includes(name));
// The streams' server is the same for all: the newest Node.js that is usual, or else this Deno.
const node = all.find(({ name }) => name === "node-24");
const server = node ?? all[0]!;

await buildNpm();
if (options.peer !== undefined) {
  // workerd runs no programs; the others are those of the budget, unless some are named.
  const those = options.runtime ?? ["node-24", "deno", "bun"];
  const able = runtimes.filter(({ name }) => those.includes(name) && name !== "workerd");
  await comparePeer(options.peer, able, rounds ?? (quick ? 1 : 5));
  Deno.exit();
}
const loadBefore = load();

const results = noResults(runtimes);

for (const runtime of runtimes) {
  const { name } = runtime;
  // Those without budgets of their own are shown by half the effort.
  const share = name === "node-22" || name === "node-26" ? 0.5 : 1;
  await measure(
    "loopback",
    name,
    results.loopback,
    // V8 still compiles in the second round, which takes it twice as long as a warm one.
    () => compareLoopback(runtime, server, effort(2, 3, 5)),
  );
  await measure(
    "chunks",
    name,
    results.chunks,
    () => compareChunks(runtime, effort(2 * share, 2, 4)),
  );
  await measure(
    "startup",
    name,
    results.startup,
    () => compareStartup(runtime, server, quick ? 3 : 30),
  );
  await measure(
    "parser",
    name,
    results.parsers,
    // Warm is a quarter of a second: JavaScriptCore compiles in earnest no sooner.
    () =>
      compareParsers(
        runtime,
        // In workerd, where a request has to be worth its while, each round takes longer, and a core
        // that is busy otherwise shows more: there are more launches.
        name === "workerd" ? effort(6, 6, 10) : effort(share === 1 ? 3 : 2, 40, 8),
      ),
  );
  await measure(
    "mixed",
    name,
    results.mixed,
    () => compareMixed(runtime, effort(share === 1 ? 5 : 3, 2, 20)),
  );
  await measure(
    "adversarial",
    name,
    results.adversarial,
    () => compareAdversarial(runtime, effort(1, 4, 5)),
  );
}
if (workloads.includes("tls")) {
  if (node === undefined || !runtimes.includes(node)) {
    skipped.push("TLS handshakes: they are counted on node-24 alone");
  } else {
    results.handshakes = await countHandshakes(node);
  }
}
if (workloads.includes("idle")) {
  if (node === undefined || !runtimes.includes(node)) {
    skipped.push("idle connections: they are measured on node-24 alone");
  } else {
    const started = performance.now();
    results.idle = await compareIdle(node, server, quick ? 1 : 5);
    say("idle", node.name, started);
  }
}
if (workloads.includes("sizes")) results.sizes = await measureSizes();

const { version } = readConfig();
const page = report(results, {
  command: ["deno task bench", ...Deno.args].join(" "),
  date: new Date().toISOString().slice(0, 10),
  version,
  packages: await packageVersions(),
  machine: `${navigator.hardwareConcurrency} cores, ${Deno.build.arch}, ${Deno.build.os}; load ` +
    `average ${loadBefore} before and ${load()} after` +
    (quick ? "; a quick run, of few rounds" : ""),
  skipped,
});
console.log(page);

const isWhole = options.runtime === undefined && options.workload === undefined &&
  rounds === undefined && !quick;
const file = output ?? (isWhole ? new URL("results.md", BENCH).pathname : undefined);
if (file === undefined) {
  console.log(
    "Not written: this was not the whole benchmark, which alone goes to bench/results.md. " +
      "--output FILE writes a part of it.",
  );
} else {
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
  if (!workloads.includes(group)) return;
  if (runtime === "workerd" && group !== "parser") {
    if (!skipped.includes(NOT_IN_WORKERD)) skipped.push(NOT_IN_WORKERD);
    return;
  }
  const started = performance.now();
  found.set(runtime, await compare());
  say(group, runtime, started);
}

function say(group: string, runtime: string, started: number): void {
  console.error(`${group}, ${runtime}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

function effort(launches: number, warmUps: number, usual: number): Effort {
  if (quick) return { launches: 1, warmUps: 1, rounds: rounds ?? 2 };
  return { launches, warmUps, rounds: rounds ?? usual };
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
