/**
 * Runs the bundled tests as tests of node:test, on Node.js and Bun.
 *
 * @module
 */

import { test } from "node:test";
import type { RunnerGlobals } from "../harness.ts";

(globalThis as RunnerGlobals).registerTest = (name, run, skip) => {
  test(name, { skip: skip ?? false, timeout: 30_000 }, async () => await run());
};
