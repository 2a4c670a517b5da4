/**
 * The command on Deno, from source, with no more permissions than the documentation says.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { readConfig, ROOT } from "../../scripts/npm/config.ts";
import { HELP, OPTIONS } from "../../src/cli/usage.ts";
import { runtimes } from "../../scripts/runtimes.ts";
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

test("cli: the permissions that options need are named at once, before any request", async () => {
  const server = await script(ending("data: a\n\n"));
  const socks = `socks5://${config.proxies.socks}`;
  const secure = config.tls.urls.unknownAuthority;
  const cases: readonly (readonly [
    args: string[],
    given: string[],
    needed: string,
    paths?: string,
  ])[] = [
    [["--save-id", "id", server.url], [], "-R -W"],
    [["--save-id", "id", server.url], ["-R"], "-R -W"],
    [["--save-id", "id", server.url], ["-R=other"], "-R -W"],
    [
      ["--save-id", "id", server.url],
      ["-R=id", "-W=id,id.new"],
      "-R=id,id.new -W=id,id.new",
      "read id.new",
    ],
    [
      ["--save-id", "id", "--cacert", "ca.pem", "--insecure", secure],
      ["-W=id"],
      "-R=ca.pem,id,id.new -W=id,id.new -E -S",
      "read ca.pem, read id, read id.new, write id.new",
    ],
    [["--cacert", "ca.pem", server.url], [], "-R"],
    [["-d", "@missing", server.url], [], "-R"],
    [["--insecure", secure], [], "-E -S"],
    [["--insecure", secure], ["-E"], "-E -S"],
    [["--insecure", secure], ["-S"], "-E -S"],
    [["--proxy", "none", secure], [], "-E -S"],
    [["--insecure", "--proxy", "none", "--cacert", "ca.pem", secure], [], "-R -E -S"],
  ];
  for (const [args, given, needed, paths] of cases) {
    const outcome = await command.run(["--timeout=5", ...args], { permissions: given });
    assertEquals([outcome.code, outcome.output], [2, ""], outcome.errors);
    const which = paths === undefined ? "" : ` (${paths})`;
    const end = `Deno does not permit${which}: run it with ${needed} besides -N\n`;
    assert(outcome.errors.startsWith("eventsource: -"), outcome.errors);
    assert(outcome.errors.endsWith(end), outcome.errors);
  }
  assertEquals(await server.count(), 0);

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

test("cli: a port that Deno's fetch blocks is blocked for good", async () => {
  for (const port of [1, 9]) {
    const { code, errors } = await command.run(["--timeout=5", `http://127.0.0.1:${port}/`]);
    assertEquals(code, 1);
    assertMatch(
      errors,
      /^eventsource: .*: Requests to port \d are blocked: serve the stream at another port, .*\n$/,
    );
  }
});

test("cli: a permission that a redirect needs is named", async () => {
  const server = await script({ status: 307, headers: { Location: config.tls.urls.valid } });
  const { code, errors } = await command.run(["--proxy", "none", server.url]);
  assertEquals(code, 1);
  assertMatch(errors, /^eventsource: .*: run it with -E -S besides -N\n$/);
});

test("cli: a host that Deno does not permit is named", async () => {
  const narrow = new Command(
    () => [Deno.execPath(), "run", "--no-prompt", "-N=example.invalid", source],
    ROOT,
  );
  const { code, errors } = await narrow.run([config.server]);
  assertEquals(code, 1);
  assertMatch(errors, /^eventsource: .*127\.0\.0\.1.*: give Deno that permission\n$/);
});

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
