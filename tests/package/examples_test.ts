/**
 * The examples for Node.js and Bun, and those that run anywhere, with the package installed.
 */

import { commandOf, EXAMPLES, fill, Program } from "../examples/program.ts";
import { PORTABLE, STORIES } from "../examples/stories.ts";
import { test } from "../harness.ts";
import { createProject } from "./project.ts";
import { nodes, runtimes } from "./tools.ts";

const project = await createProject();
await Deno.mkdir(new URL("examples/node/", project.folder), { recursive: true });
for (const example of Object.keys(STORIES)) {
  project.write(`examples/${example}`, await Deno.readTextFile(new URL(example, EXAMPLES)));
}

/** The oldest Node.js, the newest, which takes TypeScript, and Bun. */
const BINARIES: readonly (readonly [name: string, binary: string])[] = [
  ...new Set([nodes.at(0)!, nodes.at(-1)!]),
  ["bun", runtimes.bun],
];

for (const [example, story] of Object.entries(STORIES)) {
  for (const [name, binary] of BINARIES) {
    if (!runsOn(example, name)) continue;
    test(`examples: ${example} with the package [${name}]`, () =>
      story((file, args = {}, { more = [], env = {} } = {}) => {
        const words = fill(commandOf(file), args);
        // Whatever stands before the file is Deno's: its name and permissions.
        const program = words.slice(words.indexOf(`examples/${file}`));
        return new Program([binary, ...program, ...more], project.folder, env);
      }));
  }
}

/** Whether an example is for a runtime: the one that its first line names, or all. */
function runsOn(example: string, name: string): boolean {
  if (name === nodes.at(0)?.[0] && nodes.length > 1 && /\.m?ts$/.test(example)) return false;
  const [command = ""] = commandOf(example);
  return PORTABLE.includes(example) || name.startsWith(command);
}
