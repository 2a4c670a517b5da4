/**
 * The budgets, and what was measured of each.
 *
 * @module
 */

import { CONNECTIONS, type IdleMeasurement } from "./idle.ts";
import { CHUNK_WORKLOAD, ours } from "./loopback.ts";
import { ADVERSARIAL_INPUTS, growth, MIXED_WORKLOADS, PARSER_WORKLOADS } from "./parser.ts";
import { type Comparison, ratioOf, ratiosOf } from "./rounds.ts";
import type { Results } from "./results.ts";
import { CORE, PAGE, PARSER } from "./sizes.ts";
import { geometricMean, median, quartiles } from "./statistics.ts";

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
  const side = ours(runtime);
  const found = [
    judgeRatio(
      "200,000 LLM-sized events over loopback, against eventsource 5.1.5",
      runtime,
      AGAINST_EVENTSOURCE[runtime] ?? {},
      comparison,
      "llm",
      "eventsource",
      side,
    ),
  ];
  if (runtime === "deno") {
    found.push(judgeRatio(
      "the same against Deno's native EventSource",
      runtime,
      { must: 2, goal: 3 },
      comparison,
      "llm",
      "native",
      side,
    ));
  }
  const within: Limits = { must: 1.1, goal: 1, isUpper: true };
  found.push(judgeRatio(
    "the same against the control, which fetches, decodes, splits and calls dispatchEvent",
    runtime,
    within,
    comparison,
    "llm",
    side,
    "control",
  ));
  if (side !== "ours") {
    found.push(
      judgeRatio(
        "ours over fetch against the same control",
        runtime,
        within,
        comparison,
        "llm",
        "ours",
        "control",
      ),
      judge(
        "ours over node:http against the control over node:http",
        runtime,
        {},
        ratioOf(comparison, "llm", side, "control (node:http)"),
      ),
    );
  }
  return found;
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
  const comparison = parsers.get(runtime);
  if (comparison === undefined) return [];
  const ratios = PARSER_WORKLOADS.map((workload) =>
    [ratioOf(comparison, workload, "eventsource-parser", "ours"), workload] as const
  );
  const values = ratios.flatMap(([ratio]) => ratio ?? []);
  const roundsOf = (workload: string): number[] =>
    ratiosOf(comparison, workload, "eventsource-parser", "ours");
  const isComplete = values.length === ratios.length;
  const least = Math.min(...values);
  const below = ratios.flatMap(([ratio, name]) => {
    if (ratio === undefined || ratio >= 1) return [];
    return `${name} ${ratio.toFixed(2)}x${spread(roundsOf(name))}`;
  });
  const inputs = adversarial.get(runtime);
  const growths = inputs === undefined
    ? []
    : ADVERSARIAL_INPUTS.flatMap((input) => growth(inputs, input, "ours") ?? []);
  const isWhole = growths.length === ADVERSARIAL_INPUTS.length;
  return [
    judge(
      "parser against eventsource-parser 4.1.3, the least of its workloads",
      runtime,
      { must: 1 },
      isComplete ? least : undefined,
      below.length === 0 ? "" : ` (below 1: ${below.join("; ")})`,
    ),
    judge(
      "the same, geometric mean",
      runtime,
      { must: 1.2, goal: 1.4 },
      isComplete ? geometricMean(values) : undefined,
      spread(means(PARSER_WORKLOADS.map(roundsOf))),
    ),
    ...(inputs === undefined ? [] : [{
      ...judge(
        "any input: time when the input doubles (2 is linear, 4 quadratic), the worst input",
        runtime,
        { must: LINEAR, isUpper: true },
        isWhole ? Math.max(...growths) : undefined,
      ),
      must: "linear",
    }]),
  ];
}

function mixed({ mixed }: Results, runtime: string): Budget[] {
  const comparison = mixed.get(runtime);
  if (comparison === undefined) return [];
  const what = "parser against eventsource-parser 4.1.3, short streams of many kinds";
  const ratios = MIXED_WORKLOADS.flatMap((workload) =>
    ratioOf(comparison, workload, "eventsource-parser", "ours") ?? []
  );
  const roundsOf = (workload: string): number[] =>
    ratiosOf(comparison, workload, "eventsource-parser", "ours");
  const isComplete = ratios.length === MIXED_WORKLOADS.length;
  return [
    judge(`${what}, the least`, runtime, { must: 1 }, isComplete ? Math.min(...ratios) : undefined),
    judge(
      `${what}, geometric mean`,
      runtime,
      { must: 1, goal: 1.2 },
      isComplete ? geometricMean(ratios) : undefined,
      spread(means(MIXED_WORKLOADS.map(roundsOf))),
    ),
  ];
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
    ["five reconnections over TLS on ./node: full handshakes", "reconnections"] as const,
    ["five POSTs with a kept agent on ./node: connections", "posts"] as const,
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
  const small = idle?.get(IDLE);
  if (small === undefined) return [];
  const limits: Limits = { must: 1, goal: 0.5, isUpper: true };
  const of = (measured: IdleMeasurement | undefined, kind: string): number | undefined =>
    measured === undefined || "failure" in measured
      ? undefined
      : median(measured.map((one) => one[kind] ?? NaN));
  const ratio = (cost: (side: string) => number | undefined): number | undefined => {
    const [own, other] = [cost("ours (node:http)"), cost("eventsource")];
    return own === undefined || other === undefined ? undefined : own / other;
  };
  const others = CONNECTIONS.filter((count) => count !== IDLE).flatMap((count) => {
    const value = ratio((side) => of(idle?.get(count)?.get(side), "rss"));
    return value === undefined ? [] : `${count.toLocaleString("en")}: ${value.toFixed(2)}x`;
  });
  return [
    judge(
      "1,000 idle connections, heap and external memory each, against eventsource 5.1.5",
      "node-24",
      limits,
      ratio((side) => of(small.get(side), "heap")),
    ),
    judge(
      "1,000 idle connections, resident set each, against eventsource 5.1.5",
      "node-24",
      limits,
      ratio((side) => of(small.get(side), "rss")),
      others.length === 0 ? "" : ` (${others.join(", ")})`,
    ),
  ];
}

/** A ratio of medians, and beside it how far the rounds spread. */
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
