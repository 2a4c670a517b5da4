/**
 * The command on Deno, from source, with no more permissions than the documentation says.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { readConfig, ROOT } from "../../scripts/npm/config.ts";
import { HELP } from "../../src/cli/arguments.ts";
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

test("cli: the documentation has --help", async () => {
  const page = await Deno.readTextFile(new URL("docs/command_line.md", ROOT));
  assert(page.includes(`\`\`\`text\n${HELP}\n\`\`\`\n`));
});

test("cli: what Deno does not permit is named", async () => {
  const server = await script(ending("data: a\n\n"));
  const socks = `socks5://${config.proxies.socks}`;
  const secure = config.tls.urls.unknownAuthority;
  const files: readonly (readonly [args: string[], given: string[], expected: RegExp])[] = [
    [["--save-id", "id"], [], /^eventsource: --save-id: .*--allow-read/],
    [["--save-id", "id"], ["-R"], /^eventsource: --save-id: .*--allow-write/],
    [["--cacert", "ca.pem"], [], /^eventsource: --cacert: .*--allow-read/],
    [["-d", "@missing"], [], /^eventsource: --data: .*--allow-read/],
    [["-H", "@missing"], [], /^eventsource: --header: .*--allow-read/],
  ];
  for (const [args, given, expected] of files) {
    const { code, output, errors } = await command.run([...args, server.url], {
      permissions: given,
    });
    assertEquals([code, output], [2, ""], errors);
    assertMatch(errors, expected);
  }
  assertEquals(await server.count(), 0);

  for (const args of [["--insecure", secure], ["--proxy", "none", secure]]) {
    const { code, errors } = await command.run(["--timeout=5", ...args]);
    assertEquals(code, 1);
    assertMatch(errors, /^eventsource: .*: Deno needs -E -S for this\n$/);
  }
  const redirect = await script({ status: 307, headers: { Location: config.tls.urls.valid } });
  const { code, errors } = await command.run(["--proxy", "none", redirect.url]);
  assertEquals(code, 1);
  assertMatch(errors, /^eventsource: .*: Deno needs -E -S for this\n$/);

  // What needs none: a SOCKS proxy, and what is not about TLS.
  for (
    const args of [
      ["--insecure", server.url],
      ["--proxy", "none", server.url],
      ["--proxy", socks, server.url],
      ["--insecure", "--proxy", socks, secure],
    ]
  ) {
    const { code, errors } = await command.run(["--count=1", "--timeout=5", ...args]);
    assertEquals([code, errors], [0, ""], String(args));
  }
});

test("cli: a host that Deno does not permit is named", async () => {
  const narrow = new Command(
    () => [Deno.execPath(), "run", "--no-prompt", "-N=example.invalid", source],
    ROOT,
  );
  const { code, errors } = await narrow.run([config.server]);
  assertEquals(code, 1);
  assertMatch(errors, /^eventsource: .*127\.0\.0\.1.*--allow-net/);
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
