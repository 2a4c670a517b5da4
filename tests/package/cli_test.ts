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
  // The oldest and the newest suffice for the command: what it is made of is tested on all of them.
  if (name === "node-22" || name === "node-24") continue;
  testCommand(name, new Command(() => [node, binary], project.folder), readConfig().version);
}
testCommand(
  "bun",
  new Command(() => [runtimes.bun, binary], project.folder),
  readConfig().version,
);

const npm = await new Deno.Command("npx", { args: ["--version"], stdout: "null", stderr: "null" })
  .output().catch(() => undefined);

for (
  const [name, words] of [["bunx", [runtimes.bun, "x"]], ["npx", ["npx", "--offline"]]] as const
) {
  test(`package: ${name} runs the command by the package's name`, async () => {
    const { code, output, errors } = await project.run([...words, "@x/eventsource", "--version"]);
    assertEquals([code, output], [0, `${readConfig().version}\n`], errors);
  }, name === "bunx" || npm?.success ? {} : { skip: { package: "there is no npx on PATH" } });
}
