/**
 * Runs the bundled tests in a page, when the runner asks for it.
 *
 * @module
 */

import { runTests, type TestResult, uncaught } from "./collector.ts";

/** What passes between the page and the runner. */
export interface PageGlobals {
  /** The runner's: takes what became of each test. */
  reportResult?: (result: TestResult) => Promise<void>;
  /** The page's: runs the tests. */
  runSuite?: () => Promise<void>;
}

const globals = globalThis as PageGlobals;

// Not in workerd, which at older compatibility dates takes any read that fails for one.
addEventListener("unhandledrejection", ({ reason }) => uncaught.push(reason));

globals.runSuite = async () => {
  const reports: (Promise<void> | undefined)[] = [];
  await runTests((result) => reports.push(globals.reportResult?.(result)));
  // All have to be with the runner before it closes the page.
  await Promise.all(reports);
};
