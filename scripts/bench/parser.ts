/**
 * The parsers.
 *
 * @module
 */

import { ADVERSARIAL, WORKLOADS } from "../../bench/parser/workloads.ts";
import { type Runtime, startSide } from "./processes.ts";
import { compare, type Comparison, type Effort, medianOf, type Plan } from "./rounds.ts";
import { startWorkerdSide } from "./workerd.ts";

/** Who is compared. */
export const PARSERS: readonly string[] = ["ours", "eventsource-parser", "ours (bytes)"];

/** The workloads of the budget. */
export const PARSER_WORKLOADS: readonly string[] = Object.keys(WORKLOADS);

/** The inputs made to be slow. */
export const ADVERSARIAL_INPUTS: readonly string[] = Object.keys(ADVERSARIAL);

/** The sizes of those, in code units: each twice the one before. */
const SIZES = [150_000, 300_000, 600_000, 1_200_000];

/** Runs the workloads of the budget. */
export async function compareParsers(
  runtime: Runtime,
  effort: Effort,
): Promise<Comparison> {
  return await compare({
    ...sides(runtime),
    isolated: true,
    workloads: PARSER_WORKLOADS,
    command: (workload, passes) => ({ workload, passes }),
  }, effort);
}

/**
 * Parses each adversarial input at each size. In what comes back, a workload's name is that of the
 * input and its size.
 */
export async function compareAdversarial(runtime: Runtime, effort: Effort): Promise<Comparison> {
  return await compare({
    ...sides(runtime),
    sides: PARSERS.slice(0, 2),
    workloads: ADVERSARIAL_INPUTS.flatMap((name) => SIZES.map((size) => key(name, size))),
    command: (workload, passes) => {
      const [name, size] = workload.split(" @ ");
      return { workload: name, size: Number(size), passes };
    },
  }, effort);
}

/** By how much a parser's time grows when the input doubles: 2 is linear, 4 is quadratic. */
export function growth(
  comparison: Comparison,
  input: string,
  parser: string,
): number | undefined {
  const first = medianOf(comparison, key(input, SIZES[0]!), parser);
  const last = medianOf(comparison, key(input, SIZES.at(-1)!), parser);
  return first === undefined || last === undefined
    ? undefined
    : (last / first) ** (1 / (SIZES.length - 1));
}

function key(input: string, size: number): string {
  return `${input} @ ${size}`;
}

function sides(runtime: Runtime): Pick<Plan, "sides" | "start" | "sampleTime"> {
  // In workerd each measurement includes a request.
  if (runtime.name === "workerd") {
    return {
      sides: PARSERS,
      sampleTime: 40,
      start: (name) => startWorkerdSide(runtime, name),
    };
  }
  return {
    sides: PARSERS,
    sampleTime: 10,
    start: (name) => startSide(runtime, "parser/main.ts", name),
  };
}
