/**
 * Runs the tests on every runtime: `deno task test`; `--help` lists its options. The last line
 * counts all tests; the exit code tells whether all passed.
 *
 * The environment variables CHROMIUM, FIREFOX, WEBKIT (its driver) and SQUID name the browsers, and
 * the proxy, that are not where systems have them. One that is named must be there.
 *
 * @module
 */

import type { TestResult } from "../tests/runners/collector.ts";
import { checkNames, readArguments, RUNTIME, wholeNumber } from "./arguments.ts";
import { buildNpm } from "./build_npm.ts";
import { ROOT, tarballPath } from "./npm/config.ts";
import { installPackage } from "./npm/install.ts";
import { prepare, SOURCE } from "./prepare.ts";
import { execute } from "./processes.ts";
import { runtimes } from "./runtimes.ts";
import { count, failures, inWords, type RunReport, skips } from "./test/report.ts";
import { BUILD, type Context, WHOLE_RUN } from "./test/run.ts";
import { RUNS } from "./test/runs.ts";
import { SERVERS, type Servers, startServers } from "./test/servers.ts";

const { values: options } = readArguments({
  command: "deno task test",
  about: "Runs the tests on every runtime. Exit code: 0 all passed, 1 not all, or none was run.",
  options: {
    runtime: RUNTIME,
    filter: { type: "string", value: "TEXT", help: "only tests whose name holds the text" },
    skips: { type: "boolean", help: "list the skipped tests instead of counting them by reason" },
    streams: {
      type: "string",
      value: "N",
      help: "how many random streams the property tests read (default: 3000)",
    },
    cuts: {
      type: "string",
      value: "N",
      help: "how many times a resumable stream is cut (default: 200)",
    },
    built: { type: "boolean", help: "test the npm package in build/npm, instead of building it" },
  },
});
const { filter = "" } = options;
const streams = wholeNumber("streams", options.streams ?? "3000");
const cuts = wholeNumber("cuts", options.cuts ?? "200");
const names = options.runtime ?? Object.keys(RUNS);
checkNames("runtime", names, Object.keys(RUNS));

const chosen = names.filter((name) => RUNS[name]!.unavailable === undefined);
await prepare([SOURCE, ...SERVERS, ...chosen.flatMap((name) => RUNS[name]!.needs)]);

await Deno.mkdir(BUILD, { recursive: true });
globalThis.addEventListener("unload", () => Deno.removeSync(BUILD, { recursive: true }));
// Of this run alone: another at the same time has its own.
const folder = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
const project = new URL(`file://${folder}/project/`);
if (chosen.some((name) => RUNS[name]!.usesPackage)) await makeProject();

const found: RunReport[] = [];
const left = [...names];
// Tests wait more than they compute. Two runs at a time, one from either end of the list: what is
// heavy stands at its end, and meets what is light.
await Promise.all([lane("first", () => left.shift()), lane("second", () => left.pop())]);
const reports = names.flatMap((name) => found.filter((report) => report.name === name));

const total = count(reports.flatMap(({ results }) => results));
for (const line of skips(reports, options.skips === true)) console.log(line);
for (const line of failures(reports)) console.log(line);
console.log(inWords(total));
if (total.passed + total.failed === 0) {
  const why = total.skipped === 0 ? "none matches" : "skipped is each that matches";
  console.error(
    `No test has run: ${why} ${JSON.stringify(filter)}. That counts as a failure (exit code 1).`,
  );
}
Deno.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);

/** Runs one after the other, with servers of their own. */
async function lane(id: string, next: () => string | undefined): Promise<void> {
  let name = next();
  if (name === undefined) return;
  const ca = `${folder}/${id}-ca.pem`;
  let servers: Servers;
  try {
    servers = await startServers(ca);
  } catch (error) {
    found.push({ name, results: [broken(error)] });
    return;
  }
  try {
    for (; name !== undefined; name = next()) {
      found.push(
        await report({
          name,
          config: { ...servers.config, filter, streams, cuts },
          // Deno's variable, and the one of Node.js and Bun.
          env: { DENO_CERT: ca, NODE_EXTRA_CA_CERTS: ca },
          project,
        }),
      );
    }
  } finally {
    servers.close();
  }
}

/** Runs one, and says how it went. */
async function report(context: Context): Promise<RunReport> {
  const { name } = context;
  const started = performance.now();
  const { unavailable, run } = RUNS[name]!;
  const results: readonly TestResult[] = unavailable === undefined
    ? await run(context).catch((error) => [broken(error)])
    : [{ name: "all tests", outcome: "skipped", detail: unavailable }];
  const counts = count(results);
  const seconds = `(${((performance.now() - started) / 1000).toFixed(1)} s)`;
  const verdict = counts.failed > 0 ? "FAILED" : "ok";
  console.log(
    results.length === 0
      // Without a filter, that is a failure.
      ? `none ${name}: no test matches ${JSON.stringify(filter)} ${seconds}`
      : `${verdict} ${name}: ${inWords(counts)} ${seconds}`,
  );
  return { name, results };
}

/** The result of a run that something has kept from running. */
function broken(error: unknown): TestResult {
  return { name: WHOLE_RUN, outcome: "failed", detail: (error as Error).stack };
}

/** Makes a project with the npm package installed. */
async function makeProject(): Promise<void> {
  console.error("Building and installing the npm package");
  if (options.built !== true) await buildNpm();
  await Deno.mkdir(project);
  await installPackage(tarballPath(), [runtimes.bun, "install", "--silent"], project);
  if (!chosen.includes("package") || !await hasNpm()) return;
  // Those tests install it with npm too: from its cache, which has everything after this.
  const trial = new URL(`file://${folder}/npm/`);
  await Deno.mkdir(trial);
  await installPackage(tarballPath(), ["npm", "install", "--silent", "--no-audit"], trial);
}

/** Whether there is an npm on PATH. */
async function hasNpm(): Promise<boolean> {
  return await execute(["npm", "--version"], { cwd: ROOT }).then(() => true, () => false);
}
