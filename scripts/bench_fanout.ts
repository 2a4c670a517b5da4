/**
 * Measures how many readers the example's feed carries: `deno task bench:fanout`. Each machine is a
 * workerd process of its own; one of them is killed in the middle.
 *
 * @module
 */

import { readArguments, refuse, wholeNumber } from "./arguments.ts";
import { type Load, type LoadResult, measureLoad, stopLoad } from "./bench/fanout/load.ts";
import { prepare, runtime } from "./prepare.ts";
import { SIGNALS } from "./processes.ts";
import { runtimes } from "./runtimes.ts";

const { values: options } = readArguments({
  command: "deno task bench:fanout",
  about:
    "Measures how many readers the feed of the example Worker carries (Linux). Exit code: 1 if " +
    "an event was lost or repeated.",
  options: {
    readers: { type: "string", value: "N", help: "one row with N readers, not the whole table" },
    relays: { type: "string", value: "N", help: "of that row (default: 1)" },
    rate: { type: "string", value: "N", help: "events per second, of all rows (default: 50)" },
    kill: {
      type: "string",
      value: "NAME",
      help: "of that row: none, relay or log (default: none)",
    },
    seconds: { type: "string", value: "N", help: "how long each row takes (default: 30)" },
  },
});
const rate = wholeNumber("rate", options.rate ?? "50");
const seconds = wholeNumber("seconds", options.seconds ?? "30");
const kill = machine(options.kill ?? "none");

type Row = Pick<Load, "isControl" | "readers" | "relays" | "kill">;

const [small, large] = [{ readers: 500, relays: 1 }, { readers: 2000, relays: 2 }];

/** What the table has. */
const TABLE: readonly Row[] = [
  { ...small, isControl: true, kill: "none" },
  { ...small, isControl: false, kill: "none" },
  { ...large, isControl: true, kill: "none" },
  { ...large, isControl: false, kill: "relay" },
  { ...large, isControl: false, kill: "log" },
];

function machine(name: string): Load["kill"] {
  if (name === "none" || name === "relay" || name === "log") return name;
  return refuse(`There is no machine ${name}`);
}

/** One load, with the control beside it. */
function chosen(readers: string): readonly Row[] {
  const relays = wholeNumber("relays", options.relays ?? "1");
  const load = { readers: wholeNumber("readers", readers), relays };
  return [{ ...load, isControl: true, kill: "none" }, { ...load, isControl: false, kill }];
}

const rows = options.readers === undefined ? TABLE : chosen(options.readers);

/** Processes that are ready to run, on average, over a minute: what else the machine has to do. */
function busy(): string {
  return Deno.loadavg()[0]!.toFixed(1);
}

const HEAD = [
  ...["what", "readers", "relays", "killed", "cores, a relay", "log", "readers", "µs an event"],
  ...["MB, a relay", "p50 ms", "p99 ms", "most ms", "cut off", "lost", "repeated", "caught up"],
];

function line({ isControl, readers, relays, kill }: Load, result: LoadResult): string {
  const { seen, broken, caughtUp, behind, cores, cost, memory } = result;
  return cellsOf([
    ...[isControl ? "control" : "feed", readers, relays, kill],
    ...[cores.relay.toFixed(2), isControl ? "" : cores.log.toFixed(2), cores.readers.toFixed(2)],
    ...[cost.toFixed(1), memory.toFixed(0), seen.delay.p50, seen.delay.p99, seen.delay.most],
    ...[seen.cutOff + broken, seen.lost + seen.gaps, seen.repeated],
    isControl ? "" : caughtUp === undefined ? `${behind} behind` : `${caughtUp.toFixed(1)} s`,
  ]);
}

function cellsOf(cells: readonly (string | number)[]): string {
  return `| ${cells.join(" | ")} |`;
}

for (const signal of SIGNALS) {
  Deno.addSignalListener(signal, async () => {
    await stopLoad();
    Deno.exit(1);
  });
}

await prepare([runtime("workerd")]);
const { workerd } = runtimes;
const { cpus } = await import("node:os");
console.log(
  `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores, load ${busy()} before: ` +
    `${rate} events per second, ${seconds} seconds a row\n`,
);
console.log(cellsOf(HEAD));
console.log(cellsOf(HEAD.map(() => "---")));
const notes: string[] = [];
let isCorrect = true;
for (const row of rows) {
  const load = { ...row, rate, seconds };
  const result = await measureLoad(workerd, load);
  console.log(line(load, result));
  const { lost, gaps, repeated } = result.seen;
  if (lost + gaps + repeated > 0) isCorrect = false;
  notes.push(...result.cuts.map((cut) => `${row.readers} readers, killed ${row.kill}: ${cut}`));
}
console.log(`\nLoad ${busy()} after.`);
for (const note of notes) console.log(note);
Deno.exit(isCorrect ? 0 : 1);
