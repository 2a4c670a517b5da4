/**
 * The tests in browsers: with our class in the place of the engine's in each page and worker, beside
 * the engine's own result.
 *
 * @module
 */

import { browsers, type Engine, type Tab } from "../browser.ts";
import { bundlePolyfill } from "../build_polyfill.ts";
import { prepare, SOURCE } from "../prepare.ts";
import { EXPECTED, FILE, NOT_RUN, type Reason } from "./expected.ts";
import { pagesOf, serveCheckout } from "./pages.ts";
import { startWptServer } from "./server.ts";

/** How long a page may take: longer than the long time limit of the tests, in milliseconds. */
const PATIENCE = 75_000;

/** How often a page is asked for its results, in milliseconds. */
const INTERVAL = 100;

/**
 * Puts the polyfill's class in the place of the engine's. No wait gets a random part: the tests allow
 * a quarter more than the server asks for, and `jitter` adds up to a half.
 */
const replace = (polyfill: string) => `
((Math) => {
  ${polyfill}
})(Object.assign(Object.create(Math), { random: () => 0 }));
Object.defineProperty(globalThis, "EventSource", {
  value: EventSourcePolyfill, writable: true, enumerable: false, configurable: true,
});
`;

interface Result {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string | null;
}

/** What became of a page, or of all pages of a file. */
interface Outcome {
  /** What the harness complains of besides its tests. */
  readonly problem?: string;
  readonly tests: readonly Result[];
}

/** A tab for the tests with one class, and the server of its pages. */
interface Side {
  readonly tab: Tab;
  readonly server: Deno.HttpServer<Deno.NetAddr>;
  /** Where the tests are. */
  readonly base: string;
}

/** Runs the tests, prints what became of them, and returns how many are not as expected. */
export async function runBrowsers(
  engines: readonly Engine[],
  checkout: string,
  files: readonly string[],
): Promise<number> {
  await prepare([SOURCE]);
  const { script } = await bundlePolyfill();
  let failed = 0;
  for (const engine of engines) {
    const { unavailable, open } = browsers[engine];
    if (unavailable !== undefined) {
      console.log(`${engine}: not run: ${unavailable}`);
      failed++;
      continue;
    }
    const browser = await open();
    const sides: Side[] = [];
    try {
      // Each below `localhost`, which leads to this machine in every engine, is a site of its own:
      // cookies are not shared.
      for (const [site, first] of [["ours", replace(script)], ["own"]] as const) {
        const server = startWptServer(serveCheckout(checkout, first));
        const base = `http://${site}.localhost:${server.addr.port}/eventsource/`;
        sides.push({ tab: await browser.newTab(), server, base });
      }
      failed += await runEngine(engine, sides, checkout, files);
    } finally {
      await browser.close();
      await Promise.all(sides.map(({ server }) => server.shutdown()));
    }
  }
  return failed;
}

async function runEngine(
  engine: Engine,
  [ourSide, ownSide]: readonly Side[],
  checkout: string,
  files: readonly string[],
): Promise<number> {
  const width = Math.max(...files.map(({ length }) => length));
  const row = (name: string, ...counts: string[]) =>
    console.log([name.padEnd(width), ...counts.map((count) => count.padStart(8))].join("  "));
  row(engine, "ours", "its own");
  const all: [Outcome, Outcome][] = [];
  const remarks: string[] = [];
  let failed = 0;
  for (const file of files) {
    if (file in NOT_RUN) {
      remarks.push(`not run: ${file}: ${NOT_RUN[file]}`);
      continue;
    }
    const pages = await pagesOf(checkout, file);
    let [outcome, reference] = await Promise.all(
      [ourSide!, ownSide!].map((side) => runFile(side, pages)),
    );
    const expected = reasonsFor(engine, file);
    let surprises = surprisesOf(outcome!, expected);
    if (surprises.length > 0) {
      // Some tests compare times, which a busy machine does not keep.
      remarks.push(...surprises.map((surprise) => `run once more: ${file}: ${surprise}`));
      outcome = await runFile(ourSide!, pages);
      surprises = surprisesOf(outcome, expected);
    }
    all.push([outcome!, reference!]);
    row(file, count([outcome!]), count([reference!]));
    const own = failures(reference!).map(({ name }) => name);
    remarks.push(
      ...failures(outcome!).filter(({ name }) => name in expected).map(({ name }) =>
        `expected to fail: ${file}: ${name}: ${expected[name]}` +
        (own.includes(name) ? " (its own fails too)" : "")
      ),
      ...surprises.map((surprise) => `${file}: ${surprise}`),
    );
    failed += surprises.length;
  }
  row("together", count(all.map(([outcome]) => outcome)), count(all.map(([, own]) => own)));
  for (const remark of new Set(remarks)) console.log(remark);
  console.log(`${engine}: ${failed} not as expected`);
  return failed;
}

/** Runs all pages of a file. */
async function runFile(side: Side, pages: readonly string[]): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const page of pages) outcomes.push(await runPage(side, page));
  return outcomes.reduce((all, { tests, ...problem }) => ({
    ...all,
    ...problem,
    tests: [...all.tests, ...tests],
  }));
}

async function runPage({ tab, base }: Side, page: string): Promise<Outcome> {
  const end = performance.now() + PATIENCE;
  try {
    await tab.goto(base + page);
    while (performance.now() < end) {
      const outcome = await tab.evaluate<Outcome | null>("globalThis.wptResults ?? null");
      if (outcome !== null) return outcome;
      await new Promise((resolve) => setTimeout(resolve, INTERVAL));
    }
    return { problem: `${page} has no results`, tests: [] };
  } catch (error) {
    return { problem: `${page}: ${error}`, tests: [] };
  }
}

/** What is not as expected. */
function surprisesOf(outcome: Outcome, expected: Record<string, string>): string[] {
  const failed = failures(outcome);
  return [
    ...failed.filter(({ name }) => !(name in expected))
      .map(({ name, message }) => `FAILED: ${name}: ${message}`),
    ...Object.keys(expected).filter((name) => !failed.some((failure) => failure.name === name))
      .map((name) => `PASSES, though expected to fail: ${name}`),
  ];
}

function failures({ problem, tests }: Outcome): Result[] {
  return [
    ...tests.filter(({ ok }) => !ok),
    ...(problem === undefined ? [] : [{ name: FILE, ok: false, message: problem }]),
  ];
}

/** How many tests have passed, of how many; marked where the harness complains. */
function count(outcomes: readonly Outcome[]): string {
  const tests = outcomes.flatMap(({ tests }) => tests);
  const mark = outcomes.length === 1 && outcomes[0]!.problem !== undefined ? "!" : "";
  return `${mark}${tests.filter(({ ok }) => ok).length}/${tests.length}`;
}

function reasonsFor(engine: Engine, file: string): Record<string, string> {
  const reasons: Record<string, string> = {};
  for (const [name, reason] of Object.entries<Reason>(EXPECTED[file] ?? {})) {
    if (typeof reason === "string") reasons[name] = reason;
    else if (reason[engine] !== undefined) reasons[name] = reason[engine];
  }
  return reasons;
}
