/**
 * The benchmark of eventsource-parser itself, from a checkout of it, with this package's parser in
 * the place of theirs: `deno task bench --peer CHECKOUT`.
 *
 * @module
 */

import { run } from "../npm/command.ts";
import { ROOT } from "../npm/config.ts";
import type { Runtime } from "./processes.ts";
import { geometricMean, median } from "./statistics.ts";

/** The benchmark, within the checkout; it imports `../src/parse.ts` and mitata. */
const BENCHMARK = "bench/parse.bench.ts";

/** Takes the place of mitata in it: as it is, but with its averages as a line of JSON. */
const QUIET = `
import { bench, do_not_optimize, run as measure } from "mitata";
export { bench, do_not_optimize };
export async function run() {
  const { benchmarks } = await measure({ format: "quiet" });
  const times = benchmarks.map(({ alias, runs: [{ stats }] }) => [alias, stats.avg]);
  console.log(JSON.stringify(Object.fromEntries(times)));
}
`;

type Times = Readonly<Record<string, number>>;

/** Runs it for both parsers in turn; a table for each runtime. */
export async function comparePeer(
  checkout: string,
  runtimes: readonly Runtime[],
  rounds: number,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bench-peer-" });
  try {
    const theirs = await prepare(checkout, `${folder}/theirs`);
    const ours = await prepare(checkout, `${folder}/ours`);
    const parser = new URL("npm/esm/parser.js", ROOT).href;
    await Deno.writeTextFile(`${ours}/src/parse.ts`, `export { createParser } from "${parser}";\n`);
    for (const runtime of runtimes) {
      const found = new Map<string, Times[]>([[theirs, []], [ours, []]]);
      for (let round = 0; round < rounds; round++) {
        const sides = round % 2 === 0 ? [theirs, ours] : [ours, theirs];
        for (const side of sides) found.get(side)!.push(await measure(runtime, side));
      }
      show(runtime, found.get(theirs)!, found.get(ours)!);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Copies what the benchmark needs, and installs mitata beside it. */
async function prepare(checkout: string, folder: string): Promise<string> {
  for (const part of ["bench", "src", "test"]) {
    await Deno.mkdir(`${folder}/${part}`, { recursive: true });
    for await (const { name, isFile } of Deno.readDir(`${checkout}/${part}`)) {
      if (isFile) await Deno.copyFile(`${checkout}/${part}/${name}`, `${folder}/${part}/${name}`);
    }
  }
  const { devDependencies } = JSON.parse(await Deno.readTextFile(`${checkout}/package.json`));
  await Deno.writeTextFile(
    `${folder}/package.json`,
    JSON.stringify({ type: "module", dependencies: { mitata: devDependencies.mitata } }),
  );
  const program = await Deno.readTextFile(`${folder}/${BENCHMARK}`);
  await Deno.writeTextFile(`${folder}/${BENCHMARK}`, program.replace("'mitata'", "'./quiet.ts'"));
  await Deno.writeTextFile(`${folder}/bench/quiet.ts`, QUIET);
  await run([Deno.execPath(), "install", "--quiet"], new URL(`file://${folder}/`));
  return folder;
}

async function measure({ command }: Runtime, folder: string): Promise<Times> {
  const output = await run([...command, BENCHMARK], new URL(`file://${folder}/`));
  return JSON.parse(output.trim().split("\n").at(-1)!);
}

function show({ name, version }: Runtime, theirs: readonly Times[], ours: readonly Times[]): void {
  console.log(
    `\n${name} ${version}: theirs / ours in microseconds, medians of ${ours.length} runs`,
  );
  const ratios = Object.keys(theirs[0]!).map((input) => {
    const [their, own] = [theirs, ours].map((runs) => runs.map((times) => times[input]!)) as [
      number[],
      number[],
    ];
    const ratio = median(their) / median(own);
    console.log(`${input}: ${spread(their)} / ${spread(own)} = ${ratio.toFixed(2)}x`);
    return ratio;
  });
  const [least, mean] = [Math.min(...ratios), geometricMean(ratios)];
  console.log(`least ${least.toFixed(2)}x, geometric mean ${mean.toFixed(2)}x`);
}

/** The median, and between what the runs were. */
function spread(times: readonly number[]): string {
  const [middle, least, most] = [median(times), Math.min(...times), Math.max(...times)].map((
    time,
  ) => (time / 1000).toFixed(1));
  return `${middle} (${least}-${most})`;
}
