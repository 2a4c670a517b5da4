/**
 * The parsers.
 *
 * @module
 */

import { ADVERSARIAL, MIXED, WORKLOADS } from "../../bench/parser/workloads.ts";
import { type Runtime, startSide } from "./processes.ts";
import { compare, type Comparison, type Effort, type Plan, valuesOf } from "./rounds.ts";
import { ratios } from "./statistics.ts";
import { startWorkerdSide } from "./workerd.ts";

/** Who is compared. */
const PARSERS: readonly string[] = ["ours", "eventsource-parser", "ours (bytes)"];

/** The workloads of the budget. */
export const PARSER_WORKLOADS: readonly string[] = Object.keys(WORKLOADS);

/** The short streams that one process reads in turn. */
export const MIXED_WORKLOADS: readonly string[] = Object.keys(MIXED);

/** The inputs made to be slow. */
export const ADVERSARIAL_INPUTS: readonly string[] = Object.keys(ADVERSARIAL);

/**
 * The sizes of those, in code units: each half of the one before. The largest is the first, so that
 * the parser is no colder for the small ones.
 */
const SIZES = [1_200_000, 600_000, 300_000, 150_000];

/** Runs the workloads of the budget. */
export async function compareParsers(
  runtime: Runtime,
  effort: Effort,
): Promise<Comparison> {
  return await compare({
    ...start(runtime),
    sides: PARSERS,
    isolated: true,
    workloads: PARSER_WORKLOADS,
    command: (workload, passes) => ({ workload, passes }),
  }, effort);
}

/** Runs the short streams, all in one process, one after another. */
export async function compareMixed(runtime: Runtime, effort: Effort): Promise<Comparison> {
  return await compare({
    sides: PARSERS.slice(0, 2),
    sampleTime: 1,
    start: (name) => startSide(runtime, "parser/main.ts", name),
    workloads: MIXED_WORKLOADS,
    command: (workload, passes) => ({ workload, passes }),
  }, effort);
}

/**
 * Parses each adversarial input at each size. In what comes back, a workload's name is that of the
 * input and its size.
 */
export async function compareAdversarial(runtime: Runtime, effort: Effort): Promise<Comparison> {
  return await compare({
    sides: PARSERS.slice(0, 2),
    start: (name) => startSide(runtime, "parser/main.ts", name),
    workloads: ADVERSARIAL_INPUTS.flatMap((name) => SIZES.map((size) => key(name, size))),
    command: (workload, passes) => {
      const [name, size] = workload.split(" @ ");
      return { workload: name, size: Number(size), passes };
    },
  }, effort);
}

/**
 * By how much a parser's time grows when the input doubles, in each round: 2 is linear, 4 is
 * quadratic.
 */
export function growths(comparison: Comparison, input: string, parser: string): number[] {
  const [largest, smallest] = [SIZES[0]!, SIZES.at(-1)!].map((size) =>
    valuesOf(comparison, key(input, size), parser)
  ) as [readonly number[], readonly number[]];
  return ratios(largest, smallest).map((ratio) => ratio ** (1 / (SIZES.length - 1)));
}

function key(input: string, size: number): string {
  return `${input} @ ${size}`;
}

function start(runtime: Runtime): Pick<Plan, "start" | "sampleTime"> {
  // In workerd each measurement includes a request.
  if (runtime.name === "workerd") {
    return { sampleTime: 30, start: (name) => startWorkerdSide(runtime, name) };
  }
  return { sampleTime: 6, start: (name) => startSide(runtime, "parser/main.ts", name) };
}
