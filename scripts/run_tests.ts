/**
 * How the tests are run on each kind of runtime, and what came of it.
 *
 * @module
 */

import type { Browser } from "playwright-core";
import type { TestConfig } from "../tests/harness.ts";
import type { PageGlobals } from "../tests/runners/browser.ts";
import type { TestResult } from "../tests/runners/collector.ts";
import { launchChromium } from "./browser.ts";
import { readConfig, ROOT } from "./npm/config.ts";
import { type Compatibility, compatibilityConfig } from "./workerd.ts";

/** Where bundles and what belongs to them go. */
export const BUILD: URL = new URL("build/tests/", ROOT);

/** How long the tests of a runtime may take, in ms: the package's take two to three minutes. */
const PATIENCE = 480_000;

const TOO_LONG = `The tests took longer than ${PATIENCE / 1000} seconds`;

/** What came of a run. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** Name and reason of each. */
  readonly skipped: readonly string[];
  /** All that was printed. */
  readonly output: string;
}

/** What a run is told. */
export interface TestRun {
  readonly runtime: string;
  readonly config: Omit<TestConfig, "runtime">;
  readonly env: Readonly<Record<string, string>>;
  /** The Deno that runs them, if it is not this one. */
  readonly deno?: string;
  /** The module that stands for `@x/eventsource`. Default: mod.ts. */
  readonly entry?: string;
  /**
   * A folder into which the npm package has been installed: the tests import it from there, by its
   * name. Without it they are bundled with the source.
   */
  readonly project?: URL;
}

/** Runs the tests of a folder on Deno, from source. */
export async function runDeno(
  run: TestRun,
  folder: string,
  permissions: readonly string[],
): Promise<Counts> {
  const ignore = folder === "tests/"
    ? ["--ignore=tests/browser,tests/host,tests/package,tests/runtimes,tests/worker"]
    : [];
  const map = await importMap(run.entry);
  // The types are checked by this Deno alone: another has another TypeScript.
  const binary = run.deno === undefined
    ? [Deno.execPath(), "test"]
    : [run.deno, "test", "--no-check"];
  const output = await execute(
    [...binary, ...map, ...permissions, ...ignore, folder],
    ROOT,
    { ...run.env, TEST_CONFIG: JSON.stringify({ ...run.config, runtime: run.runtime }) },
  );
  return countDeno(output, run.config.filter);
}

/** Type-checks and runs the examples in documentation, whose names are those of the files. */
export async function runDocs(files: readonly string[], filter: string): Promise<Counts> {
  const args = [
    ...["test", "--doc", "--allow-net", "--preload=tests/runners/docs.ts"],
    ...(filter === "" ? [] : ["--filter", filter]),
  ];
  return countDeno(await execute([Deno.execPath(), ...args, ...files], ROOT), filter);
}

/** Runs the bundled tests on Node.js or Bun. */
export async function runNodeLike(
  run: TestRun,
  [binary = "", ...args]: readonly string[],
): Promise<Counts> {
  const file = await writeSuite(run, "node");
  const folder = run.project ?? BUILD;
  const executed = await execute([binary, ...args, `./${file}`], folder, run.env);
  const { output } = executed;
  const { filter } = run.config;
  if (/^# pass \d+$/m.test(output)) {
    return {
      ...numbers(executed, filter, /^# pass (\d+)$/m, /^# fail (\d+)$/m),
      skipped: matches(output, /^ok \d+ - (.*) # SKIP/gm),
      // Of TAP, the failures alone are of interest; of a crash, everything.
      output: /^not ok[^]*?\n {2}\.\.\.$/gm.test(output)
        ? output.match(/^not ok[^]*?\n {2}\.\.\.$/gm)!.join("\n")
        : output,
    };
  }
  return {
    ...numbers(executed, filter, /^\s*(\d+) pass$/m, /^\s*(\d+) fail$/m),
    skipped: [...new Set(matches(output, /^\(skip\) (.*)$/gm))],
    output,
  };
}

/** Runs the bundled tests in workerd. */
export async function runWorkerd(
  run: TestRun,
  binary: string,
  compatibility: Compatibility,
): Promise<Counts> {
  const file = await writeSuite(run, "workerd");
  await Deno.writeTextFile(
    new URL(`${run.runtime}.capnp`, BUILD),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [
  (name = "tests", worker = .tests),
  (name = "internet", network = (allow = ["public", "private"]))
]);
const tests :Workerd.Worker = (
  modules = [(name = "suite.mjs", esModule = embed "${file}")],
  ${compatibilityConfig(compatibility)}
);
`,
  );
  const { output } = await execute([binary, "test", `${run.runtime}.capnp`], BUILD);
  const results: TestResult[] = matches(output, /^test-result (\{.*\})$/gm).map((line) =>
    JSON.parse(line)
  );
  return countResults(results, output.includes("test-end") ? [] : [output], run.config.filter);
}

/** Runs the bundled tests in a page that the scripted server has served. */
export async function runBrowser(run: TestRun, executablePath: string): Promise<Counts> {
  const file = await writeSuite(run, "browser");
  const results: TestResult[] = [];
  const complaints: string[] = [];
  let browser: Browser | undefined;
  try {
    browser = await launchChromium(executablePath);
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE);
    await page.exposeFunction("reportResult", (result: TestResult) => results.push(result));
    await page.goto(`${run.config.server}/page`);
    await page.addScriptTag({ path: new URL(file, BUILD).pathname, type: "module" });
    await page.waitForFunction(() => (globalThis as PageGlobals).runSuite !== undefined);
    const ended = page.evaluate(() => (globalThis as PageGlobals).runSuite?.());
    const { promise: tooLate, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      reject(new Error(`${TOO_LONG}, after ${results.at(-1)?.name}`));
    }, PATIENCE);
    await Promise.race([ended, tooLate]).finally(() => clearTimeout(timer));
  } catch (error) {
    complaints.push(String(error));
  } finally {
    await browser?.close();
  }
  return countResults(results, complaints, run.config.filter);
}

function countResults(
  results: readonly TestResult[],
  complaints: readonly string[],
  filter: string,
): Counts {
  const failed = results.filter(({ outcome }) => outcome === "failed");
  const passed = results.filter(({ outcome }) => outcome === "passed").length;
  return {
    passed,
    failed: failed.length + complaints.length +
      (passed === 0 && failed.length === 0 && filter === "" ? 1 : 0),
    skipped: results.filter(({ outcome }) => outcome === "skipped")
      .map(({ name, detail }) => `${name} (${detail})`),
    output: [...failed.map(({ name, detail }) => `${name}: ${detail}`), ...complaints].join("\n"),
  };
}

/** The module of tests/runners that a bundle is made for. */
type Runner = "node" | "workerd" | "browser";

const bundles = new Map<string, Promise<string>>();

/** Writes all tests as one file that holds what this run is told; its name. */
async function writeSuite(run: TestRun, runner: Runner): Promise<string> {
  const key = `${runner} ${run.entry} ${run.project !== undefined}`;
  if (!bundles.has(key)) bundles.set(key, bundle(runner, run));
  const file = `${run.runtime}.test.js`;
  const config = JSON.stringify({ ...run.config, runtime: run.runtime });
  // The imports of what follows are hoisted: they are of the runtime's own modules.
  const text = `globalThis.testConfig = ${config};\n${await bundles.get(key)}`;
  await Deno.writeTextFile(new URL(file, run.project ?? BUILD), text);
  return file;
}

async function bundle(
  runner: Runner,
  { entry: module, project }: TestRun,
): Promise<string> {
  const tests = [...Deno.readDirSync(new URL("tests/", ROOT))]
    .map(({ name }) => name)
    .filter((name) => name.endsWith("_test.ts"))
    .sort();
  const entry = new URL(`${runner}_entry.ts`, BUILD);
  await Deno.writeTextFile(
    entry,
    [
      // First: it says who takes the tests.
      `export * from "../../tests/runners/${runner}.ts";`,
      ...(runner === "workerd"
        ? ['export { default } from "../../tests/runners/workerd.ts";']
        : []),
      ...tests.map((test) => `import "../../tests/${test}";`),
      ...(runner === "browser" ? ['import "../../tests/browser/page_rules.ts";'] : []),
    ].join("\n"),
  );
  const file = new URL(`${runner}.bundle.js`, BUILD);
  const platform = runner === "node" ? "deno" : "browser";
  const { output, success } = await execute(
    [
      Deno.execPath(),
      "bundle",
      ...await importMap(module),
      // A few tests import parts from src; those come with the bundle, whatever is installed.
      ...(project === undefined ? [] : packageImports().map((name) => `--external=${name}`)),
      ...["--platform", platform, "-o", file.pathname, entry.pathname],
    ],
    ROOT,
  );
  if (!success) throw new Error(`Cannot bundle the tests: ${output}`);
  return await Deno.readTextFile(file);
}

/** What the package is imported by. */
function packageImports(): string[] {
  const { name, exports } = readConfig();
  return Object.keys(exports).map((subpath) => name + subpath.slice(1));
}

/** The option that has a module stand for `@x/eventsource`. */
async function importMap(module: string | undefined): Promise<string[]> {
  if (module === undefined) return [];
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  for (const [name, target] of Object.entries<string>(imports)) {
    imports[name] = target.startsWith("./") ? new URL(target, ROOT).href : target;
  }
  imports["@x/eventsource"] = new URL(module, ROOT).href;
  const file = new URL(`import_map_${module.replace(/\W/g, "_")}.json`, BUILD);
  await Deno.writeTextFile(file, JSON.stringify({ imports }));
  return [`--import-map=${file.pathname}`];
}

function countDeno(executed: Executed, filter: string): Counts {
  const { output } = executed;
  return {
    ...numbers(executed, filter, /^(?:ok|FAILED) \| (\d+) passed/m, / \| (\d+) failed/),
    skipped: matches(output, /^(.*) \.\.\. ignored/gm),
    output,
  };
}

/**
 * A run that does not say how it went, or says so and still exits with an error, has failed. One
 * with a filter may find nothing to do.
 */
function numbers(
  { output, success }: Executed,
  filter: string,
  passedPattern: RegExp,
  failedPattern: RegExp,
): { passed: number; failed: number } {
  const passed = Number(passedPattern.exec(output)?.[1] ?? 0);
  const failed = Number(failedPattern.exec(output)?.[1] ?? 0);
  return {
    passed,
    failed: failed === 0 && (!success || passed === 0 && filter === "") ? 1 : failed,
  };
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, group = ""]) => group);
}

interface Executed {
  readonly output: string;
  readonly success: boolean;
}

async function execute(
  [command = "", ...args]: readonly string[],
  cwd: URL,
  env: Record<string, string> = {},
): Promise<Executed> {
  const signal = AbortSignal.timeout(PATIENCE);
  const { stdout, stderr, success } = await new Deno.Command(command, {
    args,
    cwd,
    env: { ...env, NO_COLOR: "1" },
    signal,
  }).output();
  const decoder = new TextDecoder();
  const output = decoder.decode(stdout) + decoder.decode(stderr);
  return { output: signal.aborted ? `${output}\n${TOO_LONG}` : output, success };
}
