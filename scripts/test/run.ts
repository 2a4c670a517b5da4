/**
 * What a run of the tests is, and what the kinds of runs have in common.
 *
 * @module
 */

import type { TestConfig } from "../../tests/harness.ts";
import type { TestResult } from "../../tests/runners/collector.ts";
import { ROOT } from "../npm/config.ts";
import type { Need } from "../prepare.ts";
import { type CommandOptions, execute, type Outcome } from "../processes.ts";

/** Where bundles and reports go: of this process alone, as tests of the runner run it too. */
export const BUILD: URL = new URL(`build/tests/${Deno.pid}/`, ROOT);

/** How long a run may take, in ms: twice what the longest takes on two idle cores. */
export const PATIENCE = 900_000;

/** How much of the output of a run that broke off is shown, in lines. */
const LAST_LINES = 25;

/** The name of the result that is about a whole run. */
export const WHOLE_RUN = "";

/** A run of the tests, by which `--runtime` and the list of runs know it. */
export interface Run {
  /** What has to be downloaded for it, besides what all runs need. */
  readonly needs: readonly Need[];
  /** Why it cannot be run on this machine. */
  readonly unavailable?: string | undefined;
  /** Whether it tests the npm package as it was built. */
  readonly usesPackage?: boolean;
  /** Runs the tests; one that breaks off has a failed result named {@linkcode WHOLE_RUN}. */
  run(context: Context): Promise<readonly TestResult[]>;
}

/** What a run is told. */
export interface Context {
  /** The name of the run. */
  readonly name: string;
  readonly config: Omit<TestConfig, "runtime">;
  readonly env: Readonly<Record<string, string>>;
  /** A folder into which the npm package has been installed, if a run uses it. */
  readonly project: URL;
}

/** Runs a test runner, within the time limit. */
export async function runTests(
  command: readonly string[],
  options: CommandOptions,
): Promise<Outcome> {
  return await execute(command, { ...options, patience: PATIENCE });
}

/**
 * The results of a test runner; with one about the whole run if it broke off, or exited with an
 * error that no failed test explains.
 *
 * @param problem Why it broke off, where that is known.
 */
export function complete(
  results: readonly TestResult[],
  { code, output, errors, isLate }: Outcome,
  filter: string,
  problem?: string,
): readonly TestResult[] {
  if (isLate) {
    const last = results.at(-1)?.name;
    problem = `It has not ended within ${PATIENCE / 1000} s` +
      (last === undefined ? "" : `; its last result was that of "${last}"`);
  } else if (code !== 0 && !results.some(({ outcome }) => outcome === "failed")) {
    problem ??= `It ended with exit code ${code}, and no test has failed`;
  } else if (results.length === 0 && filter === "") {
    problem ??= "It has run no test";
  }
  if (problem === undefined) return results;
  const lines = `${output}\n${errors}`.split("\n").filter((line) => line.trim() !== "");
  const printed = lines.length === 0
    ? "It has printed nothing."
    : `The last it printed:\n${lines.slice(-LAST_LINES).join("\n")}`;
  const detail = `${problem}. ${printed}`;
  return [...results, { name: WHOLE_RUN, outcome: "failed", detail }];
}
