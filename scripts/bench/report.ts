/**
 * The results as a page of Markdown.
 *
 * @module
 */

import { budgets } from "./budgets.ts";
import type { IdleMeasurement } from "./idle.ts";
import { ours } from "./loopback.ts";
import { ADVERSARIAL_INPUTS, growths } from "./parser.ts";
import type { Results } from "./results.ts";
import { type Comparison, medianOf, ratioOf, ratiosOf } from "./rounds.ts";
import { CORE, PAGE } from "./sizes.ts";
import { median, quartiles } from "./statistics.ts";

/** What the page says of how it came to be. */
export interface Circumstances {
  /** How the script was run. */
  readonly command: string;
  readonly date: string;
  readonly version: string;
  readonly packages: Readonly<Record<string, string>>;
  readonly machine: string;
  /** What was not measured, and why. */
  readonly skipped: readonly string[];
}

/** Writes the page. */
export function report(results: Results, circumstances: Circumstances): string {
  const { command, date, version, packages, machine, skipped } = circumstances;
  const own = (runtime: string) => (comparison: Comparison) =>
    comparison.values().next().value?.has(ours(runtime)) ? ours(runtime) : "ours";
  const parts = [
    "# Benchmark results",
    `Written by \`${command}\` on ${date}, for version ${version}. Do not edit.`,
    `Machine: ${machine}. Runtimes: ${
      results.runtimes.map(({ name, version }) => `${name} (${version})`).join(", ")
    }.`,
    `Packages: ${Object.entries(packages).map(([name, at]) => `${name} ${at}`).join(", ")}.`,
    "Times are medians of rounds in which all sides took turns, each in a process of its own. The " +
    "factor after a time is how many times as long as ours it is, the median of the rounds: above 1, " +
    "ours is the faster. Brackets hold the middle half of the rounds, and titles how many there were. " +
    '"ours" goes over the runtime\'s fetch, "ours (node:http)" is what the npm package is on Node.js.',
  ];
  const judged = budgets(results);
  if (judged.length > 0) {
    parts.push(
      "## Budgets",
      "Medians decide. In brackets: how many rounds there were, and the middle half of their ratios. " +
        "Where it is wide, other processes were at work.",
      table(
        ["what", "where", "must", "goal", "measured", ""],
        judged.map(({ what, where, must, goal, measured, verdict }) => [
          what,
          where,
          must,
          goal,
          measured,
          verdict,
        ]),
      ),
    );
  }

  section(
    "Streams over loopback",
    '200,000 events in writes of 64 KiB, from a server in a process of its own: "llm" is about 180 ' +
      'bytes of JSON, "named" has a type and an id, "tiny" is one digit. launchdarkly-eventsource ' +
      "takes time in proportion to the square of the stream and is given 10,000 events. The floor " +
      "reads and decodes the text; the control splits it at blank lines too, and dispatches an event " +
      "for each block; it does nothing else that a client has to do. eventsource-client, " +
      "fetch-event-stream and @microsoft/fetch-event-source dispatch no Event: they call a function or " +
      "are iterated. The last is for pages and is given what it uses of a window.",
    results.loopback,
    own,
  );
  section(
    "One event per chunk",
    "100,000 events of a language model through a fetch that is given to the client, from a stream " +
      "that makes one when it is asked for one.",
    results.chunks,
    () => () => "ours",
  );
  section(
    "Parsers",
    'Text in, messages counted; "ours (bytes)" is given bytes and decodes them too.',
    results.parsers,
    () => () => "ours",
    true,
  );

  section(
    "Parsers, short streams of many kinds",
    "All in one process, one after another, a new parser for each stream: what the engine has " +
      "compiled for one kind is what the next begins with. `deno task bench --peer CHECKOUT` runs " +
      "eventsource-parser's own benchmark, which measures like this, too.",
    results.mixed,
    () => () => "ours",
    true,
  );

  if (results.adversarial.size > 0) {
    parts.push(
      "## Inputs made to be slow",
      "By how much a parser's time grows when the input doubles, over three doublings up to 1.2 " +
        "million characters: 2 is linear, 4 is quadratic. Ours, then eventsource-parser's, and the middle " +
        "half of the rounds.",
    );
    const names = [...results.adversarial.keys()];
    parts.push(table(
      ["", ...names.map((name) => `${name}${countOf(results.adversarial.get(name)!)}`)],
      ADVERSARIAL_INPUTS.map((input) => [
        input,
        ...names.map((runtime) => {
          const comparison = results.adversarial.get(runtime)!;
          return ["ours", "eventsource-parser"].map((side) => {
            const found = growths(comparison, input, side);
            return found.length === 0 ? "not measured" : middle(found, (value) => value.toFixed(2));
          }).join(", ");
        }),
      ]),
    ));
  }

  section(
    "Start-up",
    "Each in a fresh process: the time to import the client, from its constructor to its first event, " +
      "and both together. What a client leaves for later, such as loading the runtime's fetch, is in " +
      "the second.",
    results.startup,
    own,
  );
  if (results.idle !== undefined) {
    parts.push(
      "## Idle connections on Node.js 24",
      "To a server in a process of its own: memory each after a collection of garbage, and the time " +
        "until an event has come on all. The resident set grows in steps, at another number of " +
        "connections for each client: when much of its new objects survives, V8 doubles the space " +
        "for them, and keeps it.",
    );
    for (const [connections, sides] of results.idle) {
      parts.push(
        table(
          [
            `${connections.toLocaleString("en")} connections${processesOf(sides)}`,
            "heap and external, each",
            "resident set, each",
            "one event to all",
          ],
          [...sides].map(([name, measured]): string[] =>
            "failure" in measured ? [name, measured.failure, "", ""] : [
              name,
              middle(measured.map((one) => one["heap"] ?? NaN), kibibytes),
              middle(measured.map((one) => one["rss"] ?? NaN), kibibytes),
              middle(measured.map((one) => one["ms"] ?? NaN), milliseconds),
            ]
          ),
        ),
      );
    }
  }
  if (results.sizes.size > 0) {
    parts.push(
      "## Sizes",
      "Bundled and minified by esbuild for the web, and by gzip -9.",
      table(
        ["", "minified", "gzip -9"],
        [...results.sizes].map(([name, { minified, compressed }]) => [
          name,
          `${minified.toLocaleString("en")} B`,
          `${compressed.toLocaleString("en")} B`,
        ]),
      ),
      "What the web core is made of: the bytes of the minified bundle that each file takes.",
      table(["", "workers.ts", "browser.ts"], partsOf(results)),
    );
  }
  if (skipped.length > 0) {
    parts.push("## Not measured", skipped.map((reason) => `- ${reason}`).join("\n"));
  }
  return `${parts.join("\n\n")}\n`;

  /** A table for each runtime: sides against workloads, or turned about. */
  function section(
    title: string,
    text: string,
    comparisons: ReadonlyMap<string, Comparison>,
    baseline: (runtime: string) => (comparison: Comparison) => string,
    turned = false,
  ): void {
    if (comparisons.size === 0) return;
    parts.push(`## ${title}`, text);
    for (const [runtime, comparison] of comparisons) {
      const base = baseline(runtime)(comparison);
      const workloads = [...comparison.keys()];
      const sides = [...new Set([...comparison.values()].flatMap((found) => [...found.keys()]))];
      const cells = sides.map((side) =>
        workloads.map((workload) => cell(comparison, workload, side, base))
      );
      const heads = workloads;
      parts.push(
        `### ${title}: ${runtime}${countOf(comparison)}`,
        turned
          ? table(["", ...sides], heads.map((name, at) => [name, ...cells.map((row) => row[at]!)]))
          : table(["", ...heads], sides.map((name, at) => [name, ...cells[at]!])),
      );
    }
  }
}

/** A row for each file of the web core, the largest first. */
function partsOf({ sizes }: Results): string[][] {
  const core = sizes.get(CORE)?.parts ?? new Map<string, number>();
  const page = sizes.get(PAGE)?.parts;
  return [...core].filter(([, bytes]) => bytes > 0).toSorted(([, a], [, b]) => b - a)
    .map(([file, bytes]) => [
      file,
      ...[bytes, page?.get(file)].map((count) => count ? `${count.toLocaleString("en")} B` : ""),
    ]);
}

/** How many rounds a comparison had, for its title. */
function countOf(comparison: Comparison): string {
  const counts = [...comparison.values()].flatMap((sides) =>
    [...sides.values()].flatMap((samples) => "values" in samples ? samples.values.length : [])
  );
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  if (counts.length === 0) return "";
  return least === most ? ` (${most} rounds)` : ` (${least} to ${most} rounds)`;
}

/** The same for idle connections: each measurement is a process. */
function processesOf(sides: ReadonlyMap<string, IdleMeasurement>): string {
  const counts = [...sides.values()].flatMap((found) => "failure" in found ? [] : found.length);
  return counts.length === 0 ? "" : `, ${Math.max(...counts)} processes`;
}

function cell(comparison: Comparison, workload: string, side: string, base: string): string {
  const samples = comparison.get(workload)?.get(side);
  if (samples === undefined) return "";
  if ("failure" in samples) return `failed: ${samples.failure.replaceAll("|", "\\|")}`;
  const time = medianOf(comparison, workload, side);
  if (time === undefined) return "not measured";
  const ratio = ratioOf(comparison, workload, side, base);
  if (side === base || ratio === undefined) return middle(samples.values, milliseconds);
  const [low, high] = quartiles(ratiosOf(comparison, workload, side, base));
  return `${milliseconds(time)}, ${ratio.toFixed(2)}x (${low.toFixed(2)} to ${high.toFixed(2)})`;
}

/** The median, and the middle half. */
function middle(values: readonly number[], show: (value: number) => string): string {
  const [low, high] = quartiles(values);
  return `${show(median(values))} (${show(low)} to ${show(high)})`;
}

function milliseconds(time: number): string {
  if (time < 1) return `${(time * 1000).toFixed(1)} µs`;
  return `${time.toFixed(time < 100 ? 1 : 0)} ms`;
}

function kibibytes(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
