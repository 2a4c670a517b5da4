/**
 * Runs the bundled tests where there is no test runner, one after the other.
 *
 * @module
 */

import type { RunnerGlobals } from "../harness.ts";

/** What became of a test; `detail` is the failure, or why it was skipped. */
export interface TestResult {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly detail?: string | undefined;
}

const tests: { name: string; run: () => void | Promise<void>; skip: string | undefined }[] = [];

(globalThis as RunnerGlobals).registerTest = (name, run, skip) => tests.push({ name, run, skip });

/** What nobody has caught: it fails the test, as with the runners of the other runtimes. */
export const uncaught: unknown[] = [];

addEventListener("error", ({ error }) => uncaught.push(error));

function checkUncaught(): void {
  const found = uncaught.splice(0).filter((error) => !/on purpose/.test(String(error)));
  if (found.length > 0) throw found[0];
}

/** Runs the tests, and tells about each as it ends. */
export async function runTests(report: (result: TestResult) => void): Promise<void> {
  for (const { name, run, skip } of tests) {
    if (skip !== undefined) {
      report({ name, outcome: "skipped", detail: skip });
      continue;
    }
    try {
      await run();
      checkUncaught();
      report({ name, outcome: "passed" });
    } catch (error) {
      uncaught.length = 0;
      report({ name, outcome: "failed", detail: detailOf(error) });
    }
  }
  // What the last one left behind may come late.
  await new Promise((resolve) => setTimeout(resolve, 10));
  try {
    checkUncaught();
  } catch (error) {
    report({ name: "what follows the tests", outcome: "failed", detail: detailOf(error) });
  }
}

/** The message with the stack, which has it in V8 and lacks it elsewhere. */
function detailOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { stack = "" } = error;
  return stack.includes(error.message) ? stack : `${error}\n${stack}`;
}
