/**
 * How the runs are shown to a person. Failures come last, above the line that counts.
 *
 * @module
 */

import type { TestResult } from "../../tests/runners/collector.ts";
import { explain } from "./failure.ts";
import { WHOLE_RUN } from "./run.ts";

/** How many failures are explained. */
const MOST_FAILURES = 30;

/** The results of a run. */
export interface RunReport {
  readonly name: string;
  readonly results: readonly TestResult[];
}

/** How many results there are of each outcome. */
export type Counts = Record<TestResult["outcome"], number>;

/** Counts the results of one run, or of several. */
export function count(results: readonly TestResult[]): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { outcome } of results) counts[outcome]++;
  return counts;
}

/** Counts in words: the last line of all. */
export function inWords({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** The skipped tests: counts by run and reason, or all of them. */
export function skips(reports: readonly RunReport[], isList: boolean): string[] {
  const lines = reports.flatMap(({ name, results }) => {
    const skipped = results.filter(({ outcome }) => outcome === "skipped");
    if (isList) return skipped.map((test) => `skipped on ${name}: ${test.name}: ${test.detail}`);
    const byReason = Map.groupBy(skipped, ({ detail }) => detail);
    return [...byReason].map(([reason, { length }]) => `skipped on ${name}: ${length}: ${reason}`);
  });
  return isList || lines.length === 0 ? lines : [...lines, "(--skips lists the skipped tests.)"];
}

/** The failed tests: why each failed, and how it is run alone. */
export function failures(reports: readonly RunReport[]): string[] {
  const all = reports.flatMap(({ name, results }) =>
    results.filter(({ outcome }) => outcome === "failed").map((test) => ({ name, test }))
  );
  const rest = all.length - MOST_FAILURES;
  return [
    ...all.slice(0, MOST_FAILURES).map(({ name, test }) => {
      const isWhole = test.name === WHOLE_RUN;
      const filter = isWhole ? [] : ["--filter", quoted(test.name)];
      return [
        "",
        `FAILED on ${name}: ${isWhole ? "the run itself" : test.name}`,
        ...explain(test.detail ?? "").split("\n").map((line) => `  ${line}`),
        `  Alone: ${["deno task test --runtime", name, ...filter].join(" ")}`,
      ].join("\n");
    }),
    ...(rest > 0 ? ["", `${rest} more have failed.`] : []),
    ...(all.length > 0 ? [""] : []),
  ];
}

/** A word as shells take it. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
