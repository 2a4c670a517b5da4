/**
 * The command on Deno, from source, with no more permissions than the documentation says.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { readConfig, ROOT } from "../../scripts/npm/config.ts";
import { HELP, OPTIONS } from "../../src/cli/usage.ts";
import { installRuntimes } from "../../scripts/runtimes.ts";
import { testCommand } from "../cli/cases.ts";
import { Command } from "../cli/command.ts";
import { config, test } from "../harness.ts";
import { ending, script } from "../scripted.ts";

const source = new URL("cli.ts", ROOT).pathname;
const command = new Command(
  (permissions) => [Deno.execPath(), "run", "--no-prompt", "-N", ...permissions, source],
  ROOT,
);

testCommand("deno", command, readConfig().version);

test("cli: --help has every option, and the documentation has --help", async () => {
  for (const name of Object.keys(OPTIONS)) assertMatch(HELP, new RegExp(`--${name}\\b`));
  const page = await Deno.readTextFile(new URL("docs/command_line.md", ROOT));
  assert(page.includes(`\`\`\`text\n${HELP}\n\`\`\`\n`));
});

test("cli: a permission that is missing is named", async () => {
  const cases = [
    [["--save-id", "id", config.server], 2, /^eventsource: --save-id: .*--allow-read/],
    [["--insecure", config.tls.urls.valid], 2, /^eventsource: .*--allow-env/],
    [["--cacert", "ca.pem", config.server], 2, /^eventsource: --cacert: .*--allow-read/],
  ] as const;
  for (const [args, expected, errors] of cases) {
    const outcome = await command.run(["--timeout=5", ...args]);
    assertEquals([outcome.code, outcome.output], [expected, ""], outcome.errors);
    assertMatch(outcome.errors, errors);
  }
  const insecure = await command.run(["--insecure", config.tls.urls.valid], {
    permissions: ["-E"],
  });
  assertEquals([insecure.code, insecure.output], [1, ""]);
  assertMatch(insecure.errors, /^eventsource: .*--allow-sys.*\n$/);
});

const runtimes = await installRuntimes();
const node = runtimes.node("22");
/** Those that run it unbuilt too, or are old. */
const OTHERS: Readonly<Record<string, readonly string[] | undefined>> = {
  "deno-oldest": runtimes.oldestDeno === undefined
    ? undefined
    : [runtimes.oldestDeno, "run", "--no-check", "--no-prompt", "-N", source],
  "node-22": node === undefined ? undefined : [node, source],
  bun: [runtimes.bun, source],
};

for (const [name, words] of Object.entries(OTHERS)) {
  test(`cli: runs from source [${name}]`, async () => {
    const server = await script(ending("data: a\n\n"));
    const other = new Command(() => words ?? [], ROOT);
    const { code, output, errors } = await other.run(["--raw", "--no-reconnect", server.url]);
    assertEquals([code, output, errors], [0, "a\n", ""]);
  }, words === undefined ? { skip: { host: "npm has no binary for this platform" } } : {});
}
