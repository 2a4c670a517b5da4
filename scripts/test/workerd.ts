/**
 * Runs in workerd, of the bundled tests.
 *
 * @module
 */

import type { TestResult } from "../../tests/runners/collector.ts";
import { runtime } from "../prepare.ts";
import { runtimes } from "../runtimes.ts";
import { type Compatibility, compatibilityConfig } from "../workerd.ts";
import { type Tested, writeSuite } from "./bundle.ts";
import { BUILD, complete, type Run, runTests } from "./run.ts";

/** Before each result, a line of JSON; and the line after all: see tests/runners/workerd.ts. */
const RESULT = "test-result ";
const END = "test-end";

/** Runs them with the given compatibility. */
export function workerdRun(
  compatibility: Compatibility,
  tested: Tested & { readonly usesPackage?: boolean } = {},
): Run {
  const { usesPackage = false } = tested;
  return {
    needs: [runtime("workerd")],
    usesPackage,
    run: async (context) => {
      const suite = await writeSuite(context, "workerd", tested);
      const config = `${context.name}.capnp`;
      await Deno.writeTextFile(
        new URL(config, BUILD),
        `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [
  (name = "tests", worker = .tests),
  (name = "internet", network = (allow = ["public", "private"]))
]);
const tests :Workerd.Worker = (
  modules = [(name = "suite.mjs", esModule = embed "${suite.pathname.split("/").at(-1)}")],
  ${compatibilityConfig(compatibility)}
);
`,
      );
      const outcome = await runTests([runtimes.workerd, "test", config], { cwd: BUILD });
      const lines = `${outcome.output}\n${outcome.errors}`.split("\n");
      const results: TestResult[] = lines.filter((line) => line.startsWith(RESULT))
        .map((line) => JSON.parse(line.slice(RESULT.length)));
      const problem = lines.includes(END) ? undefined : "It ended before its tests";
      return complete(results, outcome, context.config.filter, problem);
    },
  };
}
