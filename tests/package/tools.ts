/**
 * The tools that package.json of this folder names, as they were installed.
 *
 * @module
 */

import { run } from "../../scripts/npm/command.ts";
import { node, runtimes } from "../../scripts/runtimes.ts";

export { node, runtimes };

const FOLDER = new URL("./", import.meta.url);

/** The versions of Node.js that the package is for; where npm has no binaries, the one on PATH. */
export const nodes: readonly (readonly [name: string, binary: string])[] =
  runtimes.node("24") === undefined ? [["node", "node"]] : ["20", "22", "24", "26"].map((
    major,
  ) => [`node-${major}`, runtimes.node(major)!]);

/** The folder of an installed tool or library. */
export function folderOf(name: string): string {
  return Deno.realPathSync(new URL(`node_modules/${name}`, FOLDER));
}

/** Runs a script of the folder tools; what it prints. */
export async function runTool(
  script: string,
  ...args: readonly string[]
): Promise<string> {
  return await run(
    [node, new URL(`tools/${script}`, FOLDER).pathname, ...args],
    FOLDER,
  );
}
