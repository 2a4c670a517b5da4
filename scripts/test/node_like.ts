/**
 * Runs on Node.js and Bun, of the bundled tests.
 *
 * @module
 */

import { type Need, runtime } from "../prepare.ts";
import { runtimes } from "../runtimes.ts";
import { type Tested, writeSuite } from "./bundle.ts";
import { BUILD, complete, type Run, runTests } from "./run.ts";

/** Options of a run on Node.js or Bun. */
export interface NodeLikeOptions extends Omit<Tested, "project"> {
  /** Whether the installed npm package is tested instead of the source. */
  readonly usesPackage?: boolean;
}

/** Runs them on a Node.js. */
export function nodeRun(
  major: string,
  options: NodeLikeOptions = {},
): Run {
  const binary = runtimes.node(major);
  return {
    ...nodeLike([runtime(`node-${major}`)], options, (report) => [
      binary ?? "",
      // A test that has failed may leave a source that reconnects for ever. Node.js 20 would lose the
      // report.
      ...(major === "20" ? [] : ["--test-force-exit"]),
      // People read one where a run breaks off, the other is counted.
      ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
      ...["--test-reporter=junit", `--test-reporter-destination=${report}`],
    ]),
    unavailable: binary === undefined ? "npm has no binary for this platform" : undefined,
  };
}

/** Runs them on Bun. */
export function bunRun(
  folder: "bun" | "bun-oldest",
  options: NodeLikeOptions = {},
): Run {
  const binary = folder === "bun" ? runtimes.bun : runtimes.oldestBun;
  return nodeLike([runtime(folder)], options, (report) => [
    ...[binary, "test", "--reporter=junit", `--reporter-outfile=${report}`],
  ]);
}

function nodeLike(
  needs: readonly Need[],
  { usesPackage = false, ...tested }: NodeLikeOptions,
  command: (report: string) => readonly string[],
): Run {
  return {
    needs,
    usesPackage,
    run: async (context) => {
      const suite = await writeSuite(context, "node", {
        ...tested,
        ...(usesPackage ? { project: context.project } : {}),
      });
      const file = new URL(`${context.name}.xml`, BUILD);
      await Deno.remove(file).catch(() => {});
      const outcome = await runTests([...command(file.pathname), suite.pathname], {
        cwd: new URL(".", suite),
        env: context.env,
      });
      const { readReport } = await import("./junit.ts");
      const { results, isWhole } = await readReport(file);
      const problem = isWhole ? undefined : `It ended with exit code ${outcome.code} midway`;
      return complete(results, outcome, context.config.filter, problem);
    },
  };
}
