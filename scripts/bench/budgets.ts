/**
 * The budgets, and what was measured of each.
 *
 * @module
 */

import { CONNECTIONS } from "./idle.ts";
import { CHUNK_WORKLOAD, ours } from "./loopback.ts";
import { ADVERSARIAL_INPUTS, growths, MIXED_WORKLOADS, PARSER_WORKLOADS } from "./parser.ts";
import { type Comparison, ratioOf, ratiosOf } from "./rounds.ts";
import type { Results } from "./results.ts";
import { CORE, PAGE, PARSER } from "./sizes.ts";
import { geometricMean, median, quartiles, ratios } from "./statistics.ts";

/** One budget on one runtime. */
export interface Budget {
  readonly what: string;
  readonly where: string;
  /** As a person reads it. */
  readonly must: string;
  readonly goal: string;
  readonly measured: string;
  readonly verdict: Verdict;
}

/** Whether a budget is met. "-" is for what has none there. */
export type Verdict = "goal" | "must" | "MISSED" | "not measured" | "-";

/** A limit that is better passed upwards, or downwards. */
interface Limits {
  readonly must?: number;
  readonly goal?: number;
  readonly isUpper?: boolean;
}

/** How many idle connections the budget is about. */
const IDLE = 1_000;

/** Between 2, which is linear, and 4, which is quadratic. */
const LINEAR = Math.sqrt(8);

/** All of them. */
export function budgets(results: Results): Budget[] {
  return [
    ...results.runtimes.flatMap(({ name }) => loopback(results, name)),
    ...results.runtimes.flatMap(({ name }) => chunks(results, name)),
    ...results.runtimes.flatMap(({ name }) => parser(results, name)),
    ...results.runtimes.flatMap(({ name }) => mixed(results, name)),
    ...results.runtimes.flatMap(({ name }) => startup(results, name)),
    ...handshakes(results),
    ...sizes(results),
    ...idle(results),
  ];
}

const AGAINST_EVENTSOURCE: Readonly<Record<string, Limits>> = {
  "node-24": { must: 2.5, goal: 3.5 },
  bun: { must: 1.7, goal: 2.5 },
  deno: { must: 1.2, goal: 1.5 },
};

const CHUNKS_AGAINST_EVENTSOURCE: Readonly<Record<string, Limits>> = {
  "node-24": { must: 2.3, goal: 3 },
  bun: { must: 1.5, goal: 2 },
  deno: { must: 1.3, goal: 1.5 },
};

function loopback({ loopback }: Results, runtime: string): Budget[] {
  const comparison = loopback.get(runtime);
  if (comparison === undefined) return [];
  const compared = (what: string, limits: Limits, other: string, side: string): Budget =>
    judgeRatio(what, runtime, limits, comparison, "llm", other, side);
  const side = ours(runtime);
  const within: Limits = { must: 1.1, goal: 1, isUpper: true };
  return [
    compared(
      "200,000 LLM-sized events over loopback, against eventsource 5.1.5",
      AGAINST_EVENTSOURCE[runtime] ?? {},
      "eventsource",
      side,
    ),
    ...(runtime !== "deno" ? [] : [
      compared("the same against Deno's native EventSource", { must: 2, goal: 3 }, "native", side),
    ]),
    compared(
      "the same against the control, which fetches, decodes, splits and calls dispatchEvent",
      within,
      side,
      "control",
    ),
    ...(side === "ours" ? [] : [
      compared("ours over fetch against the same control", within, "ours", "control"),
      compared(
        "ours over node:http against the control over node:http",
        {},
        side,
        "control (node:http)",
      ),
    ]),
  ];
}

function chunks({ chunks }: Results, runtime: string): Budget[] {
  const comparison = chunks.get(runtime);
  return comparison === undefined ? [] : [
    judgeRatio(
      "one event per chunk through an injected fetch, against eventsource 5.1.5",
      runtime,
      CHUNKS_AGAINST_EVENTSOURCE[runtime] ?? {},
      comparison,
      CHUNK_WORKLOAD,
      "eventsource",
      "ours",
    ),
    judgeRatio(
      "the same against the control",
      runtime,
      {},
      comparison,
      CHUNK_WORKLOAD,
      "ours",
      "control",
    ),
  ];
}

function parser({ parsers, adversarial }: Results, runtime: string): Budget[] {
  const inputs = adversarial.get(runtime);
  return [
    ...againstParser(
      "parser against eventsource-parser 4.1.3",
      { must: 1.2, goal: 1.4 },
      PARSER_WORKLOADS,
      parsers.get(runtime),
      runtime,
    ),
    ...(inputs === undefined ? [] : [growth(inputs, runtime)]),
  ];
}

function mixed({ mixed }: Results, runtime: string): Budget[] {
  return againstParser(
    "parser against eventsource-parser 4.1.3, short streams of many kinds",
    { must: 1, goal: 1.2 },
    MIXED_WORKLOADS,
    mixed.get(runtime),
    runtime,
  );
}

/** The least of some workloads, and their mean. */
function againstParser(
  what: string,
  limits: Limits,
  workloads: readonly string[],
  comparison: Comparison | undefined,
  where: string,
): Budget[] {
  if (comparison === undefined) return [];
  const found = workloads.flatMap((name) => {
    const ratio = ratioOf(comparison, name, "eventsource-parser", "ours");
    const rounds = ratiosOf(comparison, name, "eventsource-parser", "ours");
    return ratio === undefined ? [] : { name, ratio, rounds };
  }).toSorted((a, b) => a.ratio - b.ratio);
  const isComplete = found.length === workloads.length;
  const others = found.slice(1).filter(({ ratio }) => ratio < 1)
    .map(({ name, ratio, rounds }) => `; ${name} ${ratio.toFixed(2)}x${spread(rounds)}`);
  const [least] = found;
  return [
    judge(
      `${what}, the least`,
      where,
      { must: 1 },
      isComplete ? least?.ratio : undefined,
      least && `${spread(least.rounds)}, ${least.name}${others.join("")}`,
    ),
    judge(
      `${what}, geometric mean`,
      where,
      limits,
      isComplete ? geometricMean(found.map(({ ratio }) => ratio)) : undefined,
      spread(means(found.map(({ rounds }) => rounds))),
    ),
  ];
}

/** How the time grows for the input for which it grows most. */
function growth(inputs: Comparison, where: string): Budget {
  const found = ADVERSARIAL_INPUTS.map((name) => ({ name, rounds: growths(inputs, name, "ours") }))
    .filter(({ rounds }) => rounds.length > 0)
    .map(({ name, rounds }) => ({ name, rounds, value: median(rounds) }))
    .toSorted((a, b) => b.value - a.value);
  const isComplete = found.length === ADVERSARIAL_INPUTS.length;
  const [worst] = found;
  const what = "any input: time when the input doubles (2 is linear, 4 quadratic), the worst input";
  const limits: Limits = { must: LINEAR, isUpper: true };
  const note = worst && `${spread(worst.rounds)}, ${worst.name}`;
  return {
    ...judge(what, where, limits, isComplete ? worst?.value : undefined, note),
    must: "linear",
  };
}

function startup({ startup }: Results, runtime: string): Budget[] {
  const comparison = startup.get(runtime);
  return comparison === undefined ? [] : [
    judgeRatio(
      "start-up: import and first event together, against eventsource 5.1.5",
      runtime,
      ["node-24", "deno", "bun"].includes(runtime) ? { must: 1, goal: 1.2 } : {},
      comparison,
      "together",
      "eventsource",
      ours(runtime),
    ),
  ];
}

function handshakes({ handshakes }: Results): Budget[] {
  return [
    [
      "five reconnections over TLS on ./node: full handshakes, counted once",
      "reconnections",
    ] as const,
    ["five POSTs with a kept agent on ./node: connections, counted once", "posts"] as const,
  ].flatMap(([what, kind]) => {
    const count = handshakes?.[kind];
    if (count === undefined) return [];
    const verdict = verdictOf({ must: 1, isUpper: true }, count);
    return { what, where: "node-24", must: "1", goal: "", measured: String(count), verdict };
  });
}

function sizes({ sizes }: Results): Budget[] {
  return [
    ["the entry for pages, minified and gzip -9", PAGE, 10_300, 9_000] as const,
    ["the web core, minified and gzip -9", CORE, 12_900, 11_500] as const,
    ["the parser alone, minified and gzip -9", PARSER, 1_850, 1_700] as const,
  ].flatMap(([what, name, must, goal]) => {
    const size = sizes.get(name)?.compressed;
    if (size === undefined) return [];
    return {
      what,
      where: "any",
      must: `<= ${must.toLocaleString("en")} B`,
      goal: goal === undefined ? "" : `<= ${goal.toLocaleString("en")} B`,
      measured: `${size.toLocaleString("en")} B`,
      verdict: verdictOf({ must, ...(goal === undefined ? {} : { goal }), isUpper: true }, size),
    };
  });
}

function idle({ idle }: Results): Budget[] {
  if (idle?.has(IDLE) !== true) return [];
  const limits: Limits = { must: 1, goal: 0.5, isUpper: true };
  const costs = (count: number, side: string, kind: string): number[] => {
    const measured = idle.get(count)?.get(side);
    return measured === undefined || "failure" in measured
      ? []
      : measured.map((one) => one[kind] ?? NaN);
  };
  const compared = (count: number, kind: string): [ratio: number | undefined, note: string] => {
    const [own, other] = [
      costs(count, "ours (node:http)", kind),
      costs(count, "eventsource", kind),
    ];
    if (own.length === 0 || other.length === 0) return [undefined, ""];
    const found = ratios(own, other);
    return [median(found), spread(found)];
  };
  const others = CONNECTIONS.filter((count) => count !== IDLE).flatMap((count) => {
    const [ratio, note] = compared(count, "rss");
    return ratio === undefined
      ? []
      : `; ${count.toLocaleString("en")}: ${ratio.toFixed(2)}x${note}`;
  });
  const [heap, heapNote] = compared(IDLE, "heap");
  const [set, setNote] = compared(IDLE, "rss");
  const each = "each, against eventsource 5.1.5";
  return [
    judge(
      `1,000 idle connections, heap and external memory ${each}`,
      "node-24",
      limits,
      heap,
      heapNote,
    ),
    judge(
      `1,000 idle connections, resident set ${each}`,
      "node-24",
      limits,
      set,
      setNote + others.join(""),
    ),
  ];
}

/** The median ratio, and beside it how far the rounds spread. */
function judgeRatio(
  what: string,
  where: string,
  limits: Limits,
  ...compared: [Comparison, workload: string, other: string, side: string]
): Budget {
  return judge(what, where, limits, ratioOf(...compared), spread(ratiosOf(...compared)));
}

/** The geometric mean of several workloads in each round. */
function means(workloads: readonly (readonly number[])[]): number[] {
  const count = Math.min(...workloads.map(({ length }) => length));
  return Array.from(
    { length: count },
    (_, round) => geometricMean(workloads.map((ratios) => ratios[round]!)),
  );
}

/** How many rounds there were, and the middle half of their ratios. */
function spread(ratios: readonly number[]): string {
  if (ratios.length === 0) return "";
  const [low, high] = quartiles(ratios);
  return ` (${ratios.length}: ${low.toFixed(2)} to ${high.toFixed(2)})`;
}

function judge(
  what: string,
  where: string,
  limits: Limits,
  value: number | undefined,
  note = "",
): Budget {
  const sign = limits.isUpper ? "<= " : "";
  const show = (limit: number | undefined): string =>
    limit === undefined ? "" : `${sign}${limit.toFixed(2)}x`;
  return {
    what,
    where,
    must: show(limits.must),
    goal: show(limits.goal),
    measured: value === undefined ? "" : `${value.toFixed(2)}x${note}`,
    verdict: verdictOf(limits, value),
  };
}

function verdictOf({ must, goal, isUpper = false }: Limits, value: number | undefined): Verdict {
  if (value === undefined) return "not measured";
  if (must === undefined) return "-";
  const passes = (limit: number): boolean => isUpper ? value <= limit : value >= limit;
  if (!passes(must)) return "MISSED";
  return goal !== undefined && passes(goal) ? "goal" : "must";
}
