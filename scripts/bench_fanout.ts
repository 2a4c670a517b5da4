/**
 * Measures how many readers the example's feed carries: `deno task bench:fanout`. Each machine is a
 * workerd process of its own; one of them is killed in the middle.
 *
 * @module
 */

import { readArguments, refuse, wholeNumber } from "./arguments.ts";
import { type Load, type LoadResult, measureLoad, stopLoad } from "./bench/fanout/load.ts";
import { prepare, runtime } from "./prepare.ts";
import { runtimes } from "./runtimes.ts";

const { values: options } = readArguments({
  command: "deno task bench:fanout",
  about: "Measures how many readers the feed of the example Worker carries (Linux).",
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
const kill = options.kill ?? "none";
if (kill !== "none" && kill !== "relay" && kill !== "log") refuse(`There is no machine ${kill}`);

/** What the table has, each with a control beside it. */
const TABLE: readonly Pick<Load, "readers" | "relays" | "kill">[] = [
  { readers: 500, relays: 1, kill: "none" },
  { readers: 1000, relays: 2, kill: "relay" },
  { readers: 2000, relays: 2, kill: "none" },
  { readers: 2000, relays: 2, kill: "relay" },
  { readers: 2000, relays: 2, kill: "log" },
];
const rows: typeof TABLE = options.readers === undefined ? TABLE : [{
  readers: wholeNumber("readers", options.readers),
  relays: wholeNumber("relays", options.relays ?? "1"),
  kill,
}];

/** Processes that are ready to run, on average, over a minute: what else the machine has to do. */
function busy(): string {
  return Deno.loadavg()[0]!.toFixed(1);
}

function line(load: Load, { seen, broken, behind, cores, memory }: LoadResult): string {
  const what = load.isControl ? "control" : "feed";
  const cells = [
    ...[what, load.readers, load.relays, load.isControl ? "none" : load.kill],
    ...[cores.relay.toFixed(2), cores.log.toFixed(2), cores.readers.toFixed(2)],
    ...[memory.toFixed(0), seen.delay.p50, seen.delay.p99, seen.delay.most],
    ...[seen.cutOff + broken, seen.lost + seen.gaps, seen.repeated, behind],
  ];
  return `| ${cells.join(" | ")} |`;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
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
console.log(
  "| | readers | relays | killed | cores, a relay | log | readers | MB, a relay | p50 ms | p99 ms " +
    "| most ms | cut off | lost | repeated | behind |",
);
console.log(`|${" --- |".repeat(15)}`);
for (const row of rows) {
  for (const isControl of [true, false]) {
    const load = { ...row, rate, seconds, isControl };
    console.log(line(load, await measureLoad(workerd, load)));
  }
}
Deno.exit();
