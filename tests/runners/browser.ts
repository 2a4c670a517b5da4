/**
 * Runs the bundled tests in a page, when the runner asks for it.
 *
 * @module
 */

import { runTests, type TestResult, uncaught } from "./collector.ts";

/** What the runner, which can evaluate expressions in the page, finds there. */
export interface PageGlobals {
  /** Starts the tests. */
  runSuite(): void;
  /** What became of the tests that the runner has not taken away yet. */
  results: TestResult[];
  hasEnded: boolean;
}

const globals = globalThis as unknown as PageGlobals;

// Not in workerd, which at older compatibility dates takes any read that fails for one.
addEventListener("unhandledrejection", ({ reason }) => uncaught.push(reason));

globals.results = [];
globals.hasEnded = false;
globals.runSuite = () => {
  runTests((result) => globals.results.push(result)).then(() => globals.hasEnded = true);
};
