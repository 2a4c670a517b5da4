/**
 * The command on Deno, from source, with no more permissions than the documentation says.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { readConfig, ROOT } from "../../scripts/npm/config.ts";
import { HELP, OPTIONS } from "../../src/cli/usage.ts";
import { testCommand } from "../cli/cases.ts";
import { Command } from "../cli/command.ts";
import { config, test } from "../harness.ts";

const source = new URL("cli.ts", ROOT).pathname;
const command = new Command(
  (permissions) => [Deno.execPath(), "run", "--no-prompt", "-N", ...permissions, source],
  ROOT,
);

testCommand("deno", command, readConfig().version);

test("cli: --help has every option, and README.md has --help", async () => {
  for (const name of Object.keys(OPTIONS)) assertMatch(HELP, new RegExp(`--${name}\\b`));
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  assert(readme.includes(`\`\`\`text\n${HELP}\n\`\`\`\n`));
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
