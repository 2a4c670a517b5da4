/**
 * Runs the tests on every runtime: `deno task test`; `--help` lists its options. The last line
 * counts all tests; the exit code tells whether all passed.
 *
 * The environment variable CHROMIUM names the browser, if it is not where systems have it.
 *
 * @module
 */

import { refusedUrl } from "../tests/host/loopback.ts";
import { startScriptedServer } from "../tests/server/scripted_server.ts";
import { checkNames, readArguments, RUNTIME, wholeNumber } from "./arguments.ts";
import { buildNpm } from "./build_npm.ts";
import { installPackage } from "./npm/install.ts";
import {
  BUILD,
  type Counts,
  runBrowser,
  runDeno,
  runDocs,
  runNodeLike,
  runWorkerd,
  type TestRun,
} from "./run_tests.ts";
import { findChromium, NO_CHROMIUM } from "./browser.ts";
import { installRuntimes } from "./runtimes.ts";
import { startServers } from "./servers.ts";
import { NEWEST_WORKERS, WORKERS } from "./workerd.ts";

const { values: options } = readArguments({
  command: "deno task test",
  about: "Runs the tests on every runtime. Exit code: 0 all passed, 1 not all, or none was run.",
  options: {
    runtime: RUNTIME,
    filter: { type: "string", value: "TEXT", help: "only tests whose name holds the text" },
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
  },
});
const { filter = "" } = options;
const streams = wholeNumber("streams", options.streams ?? "3000");
const cuts = wholeNumber("cuts", options.cuts ?? "200");

const runtimes = await installRuntimes();
const skipped: string[] = [];
const network = ["--allow-net", "--allow-env"];
const runs: Record<string, () => Promise<Counts>> = {
  deno: () => runDeno({ ...base, runtime: "deno" }, "tests/", network),
  // What node:http needs besides is Deno's affair: its version asks for the system's settings.
  "deno-http": () =>
    runDeno({ ...base, runtime: "deno-http", entry: "node.ts" }, "tests/", ["--allow-all"]),
};
const { oldestDeno } = runtimes;
if (oldestDeno === undefined) skipped.push("deno-oldest: npm has no binary for this platform");
else {
  runs["deno-oldest"] = () =>
    runDeno({ ...base, runtime: "deno-oldest", deno: oldestDeno }, "tests/", network);
}
const TAP = "--test-reporter=tap";
let installed: Promise<URL> | undefined;
/** The folder of a project into which the npm package, as it is now, has been installed. */
function project(): Promise<URL> {
  return installed ??= buildNpm().then(({ tarball, builder }) => {
    console.log(`built the npm package with ${builder}`);
    return installPackage(tarball, runtimes.bun);
  });
}
for (const major of ["20", "22", "24", "26"]) {
  const binary = runtimes.node(major);
  const runtime = `node-${major}`;
  if (binary === undefined) {
    skipped.push(`${runtime}: npm has no binary for this platform`);
    continue;
  }
  runs[runtime] = () => runNodeLike({ ...base, runtime, entry: "node.ts" }, [binary, TAP]);
  runs[`npm-${runtime}`] = async () =>
    runNodeLike({ ...base, runtime, project: await project() }, [binary, TAP]);
}
const node = runtimes.node("24") ?? "node";
runs["node-fetch"] = () => runNodeLike({ ...base, runtime: "node-fetch" }, [node, TAP]);
runs["bun"] = () => runNodeLike({ ...base, runtime: "bun" }, [runtimes.bun, "test"]);
runs["bun-oldest"] = () =>
  runNodeLike({ ...base, runtime: "bun-oldest" }, [runtimes.oldestBun, "test"]);
runs["npm-bun"] = async () =>
  runNodeLike({ ...base, runtime: "bun", project: await project() }, [runtimes.bun, "test"]);
runs["bun-http"] = () =>
  runNodeLike({ ...base, runtime: "bun-http", entry: "node.ts" }, [runtimes.bun, "test"]);
for (const [runtime, compatibility] of Object.entries(WORKERS)) {
  runs[runtime] = () => runWorkerd({ ...base, runtime }, runtimes.workerd, compatibility);
}
// The web entry of the package, by its file: workerd installs nothing.
runs["npm-workerd"] = async () => {
  await project();
  return await runWorkerd(
    { ...base, runtime: "workerd-npm", entry: "npm/esm/mod.js" },
    runtimes.workerd,
    { date: NEWEST_WORKERS, nodeCompat: false },
  );
};
const chromium = findChromium();
if (chromium === undefined) skipped.push(`browser, browser-entry and browser-page: ${NO_CHROMIUM}`);
else {
  runs["browser"] = () => runBrowser({ ...base, runtime: "browser" }, chromium);
  runs["browser-entry"] = () =>
    runBrowser({ ...base, runtime: "browser-entry", entry: "browser.ts" }, chromium);
  runs["browser-page"] = () =>
    runDeno({ ...base, runtime: "browser-page" }, "tests/browser/", ["--allow-all"]);
}
// Workers of their own: the example, and what becomes of a source there.
runs["worker-example"] = () =>
  runDeno({ ...base, runtime: "worker-example" }, "tests/worker/", ["--allow-all"]);
runs["host"] = () => runDeno({ ...base, runtime: "host" }, "tests/host/", ["--allow-all"]);
runs["package"] = async () => {
  await project();
  return await runDeno({ ...base, runtime: "package" }, "tests/package/", ["--allow-all"]);
};
runs["docs"] = () =>
  runDocs([
    ...["mod.ts", "node.ts", "browser.ts", "parser.ts", "polyfill.ts", "src/"],
    ...["README.md", "MIGRATION.md", "docs/"],
  ], filter);

const chosen = options.runtime ?? Object.keys(runs);
checkNames("runtime", chosen, Object.keys(runs));

await Deno.mkdir(BUILD, { recursive: true });
const server = await startScriptedServer();
// Of this run alone: another at the same time has its own.
const folder = await Deno.makeTempDir();
const authority = `${folder}/authority.pem`;
const servers = await startServers(runtimes, authority);
const base: Omit<TestRun, "runtime"> = {
  config: {
    server: server.url,
    otherServer: server.otherUrl,
    filter,
    streams,
    cuts,
    interop: servers.interop,
    tls: servers.tls,
    proxies: servers.proxies,
    refused: refusedUrl(),
  },
  // Deno's variable, and the one of Node.js and Bun.
  env: { DENO_CERT: authority, NODE_EXTRA_CA_CERTS: authority },
};

const total = { passed: 0, failed: 0, skipped: skipped.length };
let matched = 0;
for (const name of chosen) {
  const started = performance.now();
  const counts = await runs[name]!();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped.length;
  skipped.push(...counts.skipped.map((reason) => `${name}: ${reason}`));
  if (counts.failed > 0) console.log(counts.output);
  const found = counts.passed + counts.failed + counts.skipped.length;
  matched += found;
  // Without a filter, that would be a failure.
  if (found === 0) {
    console.log(`none ${name}: no test matches ${JSON.stringify(filter)} (${seconds} s)`);
    continue;
  }
  console.log(
    `${counts.failed > 0 ? "FAILED" : "ok"} ${name}: ${counts.passed} passed, ` +
      `${counts.failed} failed, ${counts.skipped.length} skipped (${seconds} s)`,
  );
}
servers.close();
server.close();
await Deno.remove(folder, { recursive: true });
if (installed !== undefined) await Deno.remove(await installed, { recursive: true });

for (const reason of skipped) console.log(`skipped ${reason}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
if (total.passed + total.failed === 0) {
  const why = matched === 0 ? "none matches" : "skipped is each that matches";
  console.error(
    `No test has run: ${why} ${JSON.stringify(filter)}. That counts as a failure (exit code 1).`,
  );
}
Deno.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
