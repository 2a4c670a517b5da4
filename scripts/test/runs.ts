/**
 * All runs of the tests, by name. A run of another runtime is a row here.
 *
 * @module
 */

import { browsers, oldChromium } from "../browser.ts";
import { runtime } from "../prepare.ts";
import { runtimes } from "../runtimes.ts";
import { NEWEST_WORKERS, WORKERS } from "../workerd.ts";
import { denoRun, docsRun } from "./deno.ts";
import { bunRun, nodeRun } from "./node_like.ts";
import { pageRun } from "./page.ts";
import type { Run } from "./run.ts";
import { workerdRun } from "./workerd.ts";

const NETWORK = ["--allow-net", "--allow-env"];
const NODES = ["20", "22", "24", "26"];
const BINARIES = ["bun", "workerd", "deno-oldest", ...NODES.map((major) => `node-${major}`)]
  .map(runtime);

/**
 * The runs. Two are made at a time, from both ends of this list: those that take the processor stand at
 * its end, those that mostly wait at its beginning.
 */
export const RUNS: Readonly<Record<string, Run>> = {
  deno: denoRun("tests/", [], { permissions: NETWORK }),
  // What node:http needs besides is Deno's affair: its version asks for the system's settings.
  "deno-http": denoRun("tests/", [], { entry: "node.ts" }),
  "deno-oldest": {
    ...denoRun("tests/", [runtime("deno-oldest")], {
      deno: runtimes.oldestDeno ?? "",
      permissions: NETWORK,
    }),
    unavailable: runtimes.oldestDeno === undefined
      ? "npm has no binary for this platform"
      : undefined,
  },
  ...Object.fromEntries(NODES.flatMap((major) => [
    [`node-${major}`, nodeRun(major, { entry: "node.ts" })],
    [
      `npm-node-${major}`,
      nodeRun(major, { runtime: `node-${major}`, usesPackage: true }),
    ],
  ])),
  "node-fetch": nodeRun("24"),
  bun: bunRun("bun"),
  "bun-oldest": bunRun("bun-oldest"),
  "npm-bun": bunRun("bun", { runtime: "bun", usesPackage: true }),
  "bun-http": bunRun("bun", { entry: "node.ts" }),
  ...Object.fromEntries(
    Object.entries(WORKERS).map(([name, compatibility]) => [
      name,
      workerdRun(compatibility),
    ]),
  ),
  // By the package's file: workerd installs nothing.
  "npm-workerd": workerdRun({ date: NEWEST_WORKERS, nodeCompat: false }, {
    runtime: "workerd-npm",
    entry: "npm/esm/workers.js",
    usesPackage: true,
  }),
  ...Object.fromEntries(
    Object.entries(browsers).map(([engine, browser]) => [`browser-${engine}`, pageRun(browser)]),
  ),
  "browser-entry": pageRun(browsers.chromium, {
    runtime: "browser-chromium",
    entry: "browser.ts",
  }),
  // Pages and workers of their own: the polyfill, the examples, what becomes of a source there.
  ...Object.fromEntries(
    Object.entries(browsers).map(([engine, { unavailable }]) => [
      `page-${engine}`,
      { ...denoRun("tests/browser/", []), unavailable },
    ]),
  ),
  "page-chromium-103": {
    ...denoRun("tests/browser/polyfill_test.ts", [runtime("chromium-103")]),
    unavailable: oldChromium.unavailable,
  },
  // Workers of their own: the example, and what becomes of a source there.
  "worker-example": denoRun("tests/worker/", [runtime("workerd")], { isParallel: true }),
  host: denoRun("tests/host/", BINARIES),
  package: denoRun("tests/package/", [...BINARIES, "tests/package"]),
  docs: docsRun([
    ...["mod.ts", "node.ts", "browser.ts", "workers.ts", "parser.ts", "polyfill.ts", "src/"],
    ...["README.md", "MIGRATION.md", "docs/"],
  ]),
};
