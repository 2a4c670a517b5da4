/**
 * Measuring several sides of a comparison in turn.
 *
 * Each side is a process of its own, and all of a comparison run at the same time, idle but for the
 * one whose turn it is. So no library runs on what the engine has learnt from another one's calls
 * or on another one's heap, and still each round measures all sides within a short time: noise of
 * the machine hits them alike. A comparison is launched more than once, because a process keeps
 * the luck of its first moments (what was inlined, how the heap lies) for as long as it lives.
 * Benchmark libraries, such as mitata, measure functions of one process: they cannot do this.
 *
 * @module
 */

import { MeasurementError, type Side } from "./processes.ts";
import { median, ratios } from "./statistics.ts";

/** What came of one side in one workload: the measurements, or why there are none. */
export type Samples = { readonly values: readonly number[] } | { readonly failure: string };

/** By workload, and then by side. */
export type Comparison = Map<string, Map<string, Samples>>;

/** How often to measure. */
export interface Effort {
  readonly launches: number;
  readonly warmUps: number;
  /** In each launch. */
  readonly rounds: number;
}

/** What to compare. */
export interface Plan {
  readonly sides: readonly string[];
  readonly workloads: readonly string[];
  /**
   * How long a measurement should at least take, in milliseconds. Default: however long it does.
   */
  readonly sampleTime?: number;
  /**
   * Whether each workload has processes of its own, so that what the engine learnt from one is not
   * what another runs on. Default: each launch has them all, one after another.
   */
  readonly isolated?: boolean;
  /** Starts a side. */
  start(name: string): Promise<Side>;
  /** What a side is asked to do, and how many times in one measurement. */
  command(workload: string, passes: number): unknown;
  /** Whether a side takes part in a workload. Default: yes. */
  takesPart?(side: string, workload: string): boolean;
}

/** How many rounds it takes to learn how many passes a measurement should have. */
const CALIBRATION = 4;

/** Measures all sides in all workloads, in turn. */
export async function compare(plan: Plan, effort: Effort): Promise<Comparison> {
  const comparison: Comparison = new Map();
  for (const workload of plan.workloads) {
    const sides = plan.sides.filter((side) => plan.takesPart?.(side, workload) ?? true);
    comparison.set(workload, new Map(sides.map((side) => [side, { values: [] }])));
  }
  const groups = plan.isolated ? [...comparison].map((entry) => [entry]) : [[...comparison]];
  const passes = new Map<string, number>();
  for (let launch = 0; launch < effort.launches; launch++) {
    for (const group of groups) {
      const running = await start(plan, group.map(([, samples]) => samples));
      try {
        for (const [workload, samples] of group) {
          if (!passes.has(workload)) {
            passes.set(workload, await calibrate(plan, workload, running, samples));
          }
          const work = { plan, workload, passes: passes.get(workload)! };
          for (let number = 0; number < effort.warmUps + effort.rounds; number++) {
            await round(work, running, samples, number, number >= effort.warmUps);
          }
        }
      } finally {
        for (const side of running.values()) await side.stop();
      }
    }
  }
  return comparison;
}

/** Starts the sides that take part; for those that do not start, says why. */
async function start(
  plan: Plan,
  workloads: readonly Map<string, Samples>[],
): Promise<Map<string, Side>> {
  const running = new Map<string, Side>();
  for (const name of plan.sides) {
    if (!workloads.some((samples) => samples.has(name))) continue;
    try {
      running.set(name, await plan.start(name));
    } catch (error) {
      for (const samples of workloads) {
        if (samples.has(name)) samples.set(name, { failure: messageOf(error) });
      }
    }
  }
  return running;
}

/** How many passes the fastest side needs to be measured for long enough. */
async function calibrate(
  plan: Plan,
  workload: string,
  running: Map<string, Side>,
  samples: Map<string, Samples>,
): Promise<number> {
  let passes = 1;
  if (plan.sampleTime === undefined) return passes;
  for (let number = 0; number < CALIBRATION; number++) {
    const times = await round({ plan, workload, passes }, running, samples, number, false);
    passes = Math.ceil(plan.sampleTime / Math.max(Math.min(...times), 0.001));
  }
  return passes;
}

/** One measurement of each side, of which another is the first each time; how long a pass took. */
async function round(
  { plan, workload, passes }: { plan: Plan; workload: string; passes: number },
  running: Map<string, Side>,
  samples: Map<string, Samples>,
  number: number,
  keep: boolean,
): Promise<number[]> {
  const command = plan.command(workload, passes);
  const sides = [...samples].filter(([name, found]) => "values" in found && running.has(name));
  const turn = number % Math.max(sides.length, 1);
  const times: number[] = [];
  const results = new Set<string>();
  for (const [name, found] of [...sides.slice(turn), ...sides.slice(0, turn)]) {
    try {
      const { ms = 0, ...result } = await running.get(name)!.measure(command);
      times.push(ms / passes);
      results.add(JSON.stringify(result));
      if (keep && "values" in found) {
        samples.set(name, { values: [...found.values, ms / passes] });
      }
    } catch (error) {
      samples.set(name, { failure: messageOf(error) });
      if (error instanceof MeasurementError) continue;
      // It no longer answers: whatever it does, the others are not to be disturbed by it.
      await running.get(name)!.stop();
      running.delete(name);
    }
  }
  if (results.size > 1) {
    throw new Error(`The sides disagree about ${workload}: ${[...results].join(", ")}`);
  }
  return times;
}

/** The measurements of a side in a workload; none if there are none. */
export function valuesOf(
  comparison: Comparison | undefined,
  workload: string,
  side: string,
): readonly number[] {
  const samples = comparison?.get(workload)?.get(side);
  return samples === undefined || "failure" in samples ? [] : samples.values;
}

/** The median of a side in a workload; `undefined` if there is none. */
export function medianOf(
  comparison: Comparison | undefined,
  workload: string,
  side: string,
): number | undefined {
  const values = valuesOf(comparison, workload, side);
  return values.length === 0 ? undefined : median(values);
}

/**
 * How many times as long as `side` another one takes: the median of the rounds, within each of which
 * the machine is as busy for both. `undefined` if one has not been measured.
 */
export function ratioOf(
  comparison: Comparison,
  workload: string,
  other: string,
  side: string,
): number | undefined {
  const found = ratiosOf(comparison, workload, other, side);
  return found.length === 0 ? undefined : median(found);
}

/** How many times as long as `side` another one takes in each round. */
export function ratiosOf(
  comparison: Comparison | undefined,
  workload: string,
  other: string,
  side: string,
): number[] {
  return ratios(valuesOf(comparison, workload, other), valuesOf(comparison, workload, side));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
