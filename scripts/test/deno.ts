/**
 * Runs on Deno, from source.
 *
 * @module
 */

import type { TestResult } from "../../tests/runners/collector.ts";
import { LOCK, ROOT } from "../npm/config.ts";
import type { Need } from "../prepare.ts";
import { importMap } from "./bundle.ts";
import { BUILD, complete, type Context, type Run, runTests } from "./run.ts";

/** What Deno says of the tests of a file that ended early, and of what ended it. */
const CANCELLED = "Cancelled";
const UNCAUGHT = "(uncaught error)";

/** Options of a run on Deno. */
export interface DenoOptions {
  /** The Deno that runs the tests, if it is not this one. */
  readonly deno?: string;
  /** The module that stands for `@x/eventsource`. Default: mod.ts. */
  readonly entry?: string;
  readonly permissions?: readonly string[];
  /** Whether as many files run at a time as there are cores: for tests that mostly wait. */
  readonly isParallel?: boolean;
}

/** Runs the tests of a folder, or of one file. */
export function denoRun(
  folder: string,
  needs: readonly Need[],
  { deno, entry, permissions = ["--allow-all"], isParallel = false }: DenoOptions = {},
): Run {
  return {
    needs,
    usesPackage: folder === "tests/package/",
    run: async (context) => {
      const { name: runtime, config, env, project } = context;
      return await denoTest(context, deno ?? Deno.execPath(), [
        // The types are checked by this Deno alone: another has another TypeScript.
        ...(deno === undefined ? [] : ["--no-check"]),
        ...importMap(entry),
        ...permissions,
        ...(isParallel ? ["--parallel"] : []),
        ...testFiles(folder),
      ], {
        ...env,
        TEST_CONFIG: JSON.stringify({ ...config, runtime }),
        TEST_PROJECT: project.href,
      });
    },
  };
}

/** Type-checks and runs the examples in documentation, whose names are those of the files. */
export function docsRun(files: readonly string[]): Run {
  return {
    needs: [],
    run: async (context) => {
      const { filter } = context.config;
      const results = await denoTest(context, Deno.execPath(), [
        ...["--doc", "--allow-net", "--preload=tests/runners/docs.ts"],
        ...(filter === "" ? [] : ["--filter", filter]),
        ...files,
      ]);
      // Those that the filter leaves out are reported as skipped.
      return results.filter(({ name, outcome }) => outcome !== "skipped" || name.includes(filter));
    },
  };
}

/** The files of tests in a folder, not in those below. */
function testFiles(folder: string): string[] {
  if (folder.endsWith(".ts")) return [folder];
  return [...Deno.readDirSync(new URL(folder, ROOT))]
    .map(({ name }) => folder + name)
    .filter((path) => path.endsWith("_test.ts"))
    .sort();
}

/** Runs `deno test`. */
async function denoTest(
  { name, config: { filter } }: Context,
  deno: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<readonly TestResult[]> {
  const file = new URL(`${name}.xml`, BUILD);
  await Deno.remove(file).catch(() => {});
  const options = ["test", LOCK, "--cached-only", `--junit-path=${file.pathname}`];
  const outcome = await runTests([deno, ...options, ...args], { cwd: ROOT, env });
  const { readReport } = await import("./junit.ts");
  const { results, isWhole } = await readReport(file);
  const finished = results.filter(({ detail }) => detail !== CANCELLED);
  // Errors outside of the tests are not in the report.
  const problem = !isWhole
    ? `It ended with exit code ${outcome.code} midway`
    : finished.length < results.length || outcome.output.includes(UNCAUGHT)
    ? `There was an error outside of the tests; not run: ${results.length - finished.length} tests`
    : undefined;
  return complete(finished, outcome, filter, problem);
}
