/**
 * What the page of benchmark results shows of a run that was not asked for everything.
 */

import { assert, assertEquals } from "@std/assert";
import { budgets } from "../../scripts/bench/budgets.ts";
import type { Idle } from "../../scripts/bench/idle.ts";
import { ADVERSARIAL_INPUTS, MIXED_WORKLOADS } from "../../scripts/bench/parser.ts";
import { report } from "../../scripts/bench/report.ts";
import { noResults } from "../../scripts/bench/results.ts";
import type { Samples } from "../../scripts/bench/rounds.ts";
import { CORE } from "../../scripts/bench/sizes.ts";
import { median, quartiles } from "../../scripts/bench/statistics.ts";
import { test } from "../harness.ts";

const NOTHING = noResults([{ name: "deno", version: "2", command: ["deno"] }]);
const CIRCUMSTANCES = {
  command: "deno task bench --workload sizes",
  date: "2026-01-01",
  version: "1.2.3",
  packages: {},
  machine: "a machine",
  skipped: [],
};

test("bench: what was not measured has no budget", () => {
  assertEquals(budgets(NOTHING), []);
  const page = report(NOTHING, CIRCUMSTANCES);
  assert(!/Budgets|not measured|MISSED/i.test(page), page);
  assert(page.includes("Written by `deno task bench --workload sizes` on 2026-01-01"), page);
});

test("bench: what was measured has its budget, and nothing else has", () => {
  const sizes = new Map([[CORE, { minified: 9_000, compressed: 12_500, parts: new Map() }]]);
  const found = budgets({ ...NOTHING, sizes });
  assertEquals(found.map(({ measured, verdict }) => [measured, verdict]), [["12,500 B", "must"]]);
  const side = { heap: 1024, rss: 4096 };
  const idle = new Map([[1_000, new Map([["ours (node:http)", [side]], ["eventsource", [side]]])]]);
  const measuredOf = (idle: Idle) => budgets({ ...NOTHING, idle }).map(({ measured }) => measured);
  assertEquals(measuredOf(idle), ["1.00x (1: 1.00 to 1.00)", "1.00x (1: 1.00 to 1.00)"]);
  // The resident set at other numbers of connections stands beside the budget's.
  const more = { heap: 1024, rss: 5120 };
  const both = new Map([
    ...idle,
    [10_000, new Map([["ours (node:http)", [side]], ["eventsource", [more]]])] as const,
  ]);
  assertEquals(measuredOf(both), [
    "1.00x (1: 1.00 to 1.00)",
    "1.00x (1: 1.00 to 1.00); 10,000: 0.80x (1: 0.80 to 0.80)",
  ]);
});

test("bench: the least of some workloads is named, and each other one that is slower", () => {
  const comparison = new Map(MIXED_WORKLOADS.map((name, index) => [
    name,
    new Map([
      ["ours", { values: [10, 10] }],
      ["eventsource-parser", { values: index < 2 ? [8 + index, 8 + index] : [20, 20] }],
    ]),
  ]));
  const [least] = budgets({ ...NOTHING, mixed: new Map([["deno", comparison]]) });
  const [first, second] = MIXED_WORKLOADS;
  assertEquals([least!.measured, least!.verdict], [
    `0.80x (2: 0.80 to 0.80), ${first}; ${second} 0.90x (2: 0.90 to 0.90)`,
    "MISSED",
  ]);
  comparison.delete(first!);
  const [incomplete] = budgets({ ...NOTHING, mixed: new Map([["deno", comparison]]) });
  assertEquals([incomplete!.measured, incomplete!.verdict], ["", "not measured"]);
});

test("bench: how the time grows is said of the worst input", () => {
  const adversarial = new Map([["deno", new Map<string, Map<string, Samples>>()]]);
  for (const [index, name] of ADVERSARIAL_INPUTS.entries()) {
    for (const [size, time] of [[1_200_000, index === 1 ? 27 : 8], [150_000, 1]]) {
      adversarial.get("deno")!.set(`${name} @ ${size}`, new Map([["ours", { values: [time!] }]]));
    }
  }
  const results = { ...NOTHING, adversarial };
  const worst = ADVERSARIAL_INPUTS[1];
  assertEquals(
    budgets(results).map(({ measured, verdict }) => [measured, verdict]),
    [[`3.00x (1: 3.00 to 3.00), ${worst}`, "MISSED"]],
  );
  const page = report(results, CIRCUMSTANCES);
  assert(page.includes(`| ${worst} | 3.00 (3.00 to 3.00), not measured |`), page);
});

test("bench: each figure says how often it was measured, and how far the rounds spread", () => {
  const sides = new Map([
    ["ours", { values: [10, 12, 10, 9, 10] }],
    ["eventsource", { values: [20, 18, 30, 18, 10] }],
  ]);
  const results = { ...NOTHING, startup: new Map([["deno", new Map([["together", sides]])]]) };
  assertEquals(
    budgets(results).map(({ measured, verdict }) => [measured, verdict]),
    [["2.00x (5: 1.50 to 2.00)", "goal"]],
  );
  const page = report(results, CIRCUMSTANCES);
  assert(page.includes("### Start-up: deno (5 rounds)"), page);
  assert(page.includes("| ours | 10.0 ms (10.0 ms to 10.0 ms) |"), page);
  assert(page.includes("| eventsource | 18.0 ms, 2.00x (1.50 to 2.00) |"), page);
});

test("bench: the middle half lies evenly about the median, however many values there are", () => {
  for (let count = 1; count <= 9; count++) {
    const values = Array.from({ length: count }, (_, index) => index).reverse();
    const [low, high] = quartiles(values);
    assertEquals([median(values), low + high], [(count - 1) / 2, count - 1]);
    assertEquals(high - low, (count - 1) / 2);
  }
});
