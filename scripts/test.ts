/**
 * Runs the tests on every runtime: `deno task test`.
 *
 * Options: `--runtime NAME` (repeatable) for some runtimes only, `--filter TEXT` for the tests
 * whose name holds the text (on Deno and Node.js), `--streams N` for how many random streams the
 * property tests read, `--cuts N` for how many times a resumable stream is cut. The last line counts
 * all tests; the exit code tells whether all passed.
 *
 * The environment variable CHROMIUM names the browser, if it is not where systems have it.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { startScriptedServer } from "../tests/server/scripted_server.ts";
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

const { values: options } = parseArgs({
  args: Deno.args,
  options: {
    runtime: { type: "string", multiple: true },
    filter: { type: "string" },
    streams: { type: "string", default: "3000" },
    cuts: { type: "string", default: "200" },
  },
});

const runtimes = await installRuntimes();
const server = await startScriptedServer();
await Deno.mkdir(BUILD, { recursive: true });
const authority = new URL("authority.pem", BUILD);
const servers = await startServers(runtimes, authority);

const base: Omit<TestRun, "runtime"> = {
  config: {
    server: server.url,
    otherServer: server.otherUrl,
    streams: Number(options.streams),
    cuts: Number(options.cuts),
    interop: servers.interop,
    tls: servers.tls,
    proxies: servers.proxies,
    refused: refusedUrl(),
  },
  // Deno's variable, and the one of Node.js and Bun.
  env: { DENO_CERT: authority.pathname, NODE_EXTRA_CA_CERTS: authority.pathname },
  filter: options.filter,
};

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
    ...["README.md", "MIGRATION.md"],
  ]);

const chosen = options.runtime ?? Object.keys(runs);
const unknown = chosen.find((name) => !(name in runs));
if (unknown !== undefined) {
  servers.close();
  server.close();
  console.error(`There is no runtime ${JSON.stringify(unknown)}: ${Object.keys(runs).join(", ")}`);
  Deno.exit(2);
}

const total = { passed: 0, failed: 0, skipped: skipped.length };
for (const name of chosen) {
  const started = performance.now();
  const counts = await runs[name]!();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  total.passed += counts.passed;
  total.failed += counts.failed;
  total.skipped += counts.skipped.length;
  skipped.push(...counts.skipped.map((reason) => `${name}: ${reason}`));
  if (counts.failed > 0) console.log(counts.output);
  console.log(
    `${counts.failed > 0 ? "FAILED" : "ok"} ${name}: ${counts.passed} passed, ` +
      `${counts.failed} failed, ${counts.skipped.length} skipped (${seconds} s)`,
  );
}
servers.close();
server.close();
if (installed !== undefined) await Deno.remove(await installed, { recursive: true });

for (const reason of skipped) console.log(`skipped ${reason}`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
Deno.exit(total.failed === 0 ? 0 : 1);

/** The URL of a port that was free a moment ago. */
function refusedUrl(): string {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return `http://127.0.0.1:${port}/`;
}
