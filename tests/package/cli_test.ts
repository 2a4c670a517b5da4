/**
 * The command of the package as it is installed.
 */

import { assertEquals } from "@std/assert";
import { readConfig } from "../../scripts/npm/config.ts";
import { testCommand } from "../cli/cases.ts";
import { Command } from "../cli/command.ts";
import { test } from "../harness.ts";
import { createProject } from "./project.ts";
import { nodes, runtimes } from "./tools.ts";

const project = await createProject();
const binary = new URL("node_modules/.bin/eventsource", project.folder).pathname;

for (const [name, node] of nodes) {
  if (name === "node-22" || name === "node-24") continue;
  testCommand(name, new Command(() => [node, binary], project.folder), readConfig().version);
}
testCommand(
  "bun",
  new Command(() => [runtimes.bun, binary], project.folder),
  readConfig().version,
);

test("package: the command runs by its name", async () => {
  const { code, output, errors } = await project.run([
    runtimes.bun,
    "x",
    "eventsource",
    "--version",
  ]);
  assertEquals([code, output], [0, `${readConfig().version}\n`], errors);
});
