/**
 * What publint and are-the-types-wrong say about the built package.
 *
 * @module
 */

import { runTool } from "../../tests/package/tools.ts";
import { PACKAGE, tarballPath } from "./config.ts";

/** What tools/lint.mjs prints. */
interface Findings {
  readonly publint: readonly unknown[];
  readonly types: { readonly kind?: string } | false;
  readonly problems: readonly unknown[];
}

/** What they find; nothing, if all is well. */
export async function lintPackage(): Promise<unknown[]> {
  const output = await runTool("lint.mjs", PACKAGE.pathname, tarballPath());
  const { publint, types, problems }: Findings = JSON.parse(output);
  return [
    ...publint,
    ...(types !== false && types.kind === "included" ? [] : ["there are no declarations"]),
    ...problems,
  ];
}
