/**
 * What the scripts say about their arguments, as the tasks run them.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { ROOT } from "../../scripts/npm/config.ts";
import { type Outcome, runCommand } from "../command.ts";
import { test } from "../harness.ts";

/** Runs a task; one that does its work instead of reading its arguments is ended. */
function task(name: string, ...args: readonly string[]): Promise<Outcome> {
  return runCommand([Deno.execPath(), "task", "--quiet", name, ...args], ROOT, 30_000);
}

async function readJson(file: string) {
  return JSON.parse(await Deno.readTextFile(new URL(file, ROOT)));
}

const { imports, tasks } = await readJson("deno.json");

/** All that `deno task` lists. */
const COMMANDS: Readonly<Record<string, { readonly command: string }>> = tasks;

/** Every task that is a script of ours, but those that only pass arguments to another of them. */
const TASKS = Object.keys(COMMANDS).filter((name) =>
  /^deno run( --\S+)* (scripts|examples)\/\S+\.ts$/.test(COMMANDS[name]!.command)
);

test("scripts: every task is a script of ours, but those known to be none", () => {
  const others = Object.keys(COMMANDS).filter((name) => !TASKS.includes(name));
  // Two scripts; arguments for the script of another task; Deno's own commands.
  assertEquals(others, ["pictures", "test:fuzz", "check"]);
});

test("scripts: deno.lock has what deno.json imports, and so has the download of every task", async () => {
  const named = Object.values<string>(imports).filter((target) => target.startsWith("npm:"));
  const { specifiers } = await readJson("deno.lock");
  const names = (list: readonly string[]) =>
    [...new Set(list.map((specifier) => /^npm:@?[^@]+/.exec(specifier)?.[0]))].sort();
  assertEquals(names(Object.keys(specifiers)), names(named));
});

for (const name of TASKS) {
  test(`scripts: deno task ${name} --help says how it is used, and does nothing else`, async () => {
    for (const flag of ["--help", "-h"]) {
      const { code, output, errors } = await task(name, flag);
      assertEquals([code, errors], [0, ""], output + errors);
      assertMatch(
        output,
        new RegExp(`^Usage: deno task ${name}( \\[?[A-Z]+(\\.{3})?\\]?)? \\[options\\]\n.+\n\n`),
      );
      assertMatch(output, /\n {2}-h, --help +print this\n$/);
    }
  });

  test(`scripts: deno task ${name} refuses what it does not know`, async () => {
    for (const wrong of ["--nonsense", "--help=1"]) {
      const { code, output, errors } = await task(name, wrong);
      assertEquals([code, output], [2, ""], output + errors);
      assertMatch(errors, /^(Unknown option '--nonsense'|Option '-h, --help' does not take)/);
      assert(errors.includes(`\nUsage: deno task ${name} `), errors);
      assert(!errors.includes("    at "), errors);
    }
  });
}

const WRONG: readonly [line: string, problem: RegExp][] = [
  ["test --runtime nonsense", /^There is no runtime "nonsense"\. There are: deno, .*node-24, /],
  ["test --streams many", /^--streams must be a whole number from 1 on, and is "many"\n$/],
  ["test --cuts 0", /^--cuts must be a whole number from 1 on, and is "0"\n$/],
  ["test --filter", /^Option '--filter <value>' argument missing\n\nUsage: /],
  ["test deno", /^Unexpected argument 'deno'\..*\n\nUsage: /],
  ["bench --runtime nonsense", /^There is no runtime "nonsense"\. There are: deno, .*workerd\n$/],
  ["bench --workload all", /^There is no workload "all"\. There are: loopback, .*sizes\n$/],
  ["bench --rounds 1.5", /^--rounds must be a whole number from 1 on, and is "1.5"\n$/],
  ["test:wpt", /^CHECKOUT is missing\n\nUsage: deno task test:wpt CHECKOUT /],
  ["test:wpt a b", /^There is one CHECKOUT, and "b" is another\n\nUsage: /],
  [
    "example:browser 0 b",
    /^There is one PORT, and "b" is another\n\nUsage: .* \[PORT\] \[options\]/,
  ],
  ["test:wpt a --browser b", /^There is no browser "b"\. There are: chromium, firefox, webkit\n$/],
  ["test:wpt /nowhere", /^\/nowhere\/eventsource\/ cannot be read: /],
];

for (const [line, problem] of WRONG) {
  test(`scripts: deno task ${line} is told what is wrong`, async () => {
    const [name = "", ...args] = line.split(" ");
    const { code, output, errors } = await task(name, ...args);
    assertEquals([code, output], [2, ""], output + errors);
    assertMatch(errors, problem);
  });
}

test("scripts: a filter that no test matches is a failure, and says so", async () => {
  const { code, output, errors } = await task("test", "--runtime", "docs", "--filter", "n0where");
  assertEquals(code, 1, output + errors);
  assertMatch(output, /^none docs: no test matches "n0where" \([\d.]+ s\)\n/);
  assertMatch(output, /0 passed, 0 failed, \d+ skipped\n$/);
  assertEquals(
    errors,
    'No test has run: none matches "n0where". That counts as a failure (exit code 1).\n',
  );
});

test("scripts: a filter that tests of one runtime match is no failure of the others", async () => {
  const args = ["--runtime", "docs", "--runtime", "node-24", "--filter", "parser.ts"];
  const { code, output, errors } = await task("test", ...args);
  assertEquals(code, 0, output + errors);
  assertMatch(output, /^ok docs: [1-9]\d* passed, 0 failed, 0 skipped /m);
  assertMatch(output, /^none node-24: no test /m);
});
