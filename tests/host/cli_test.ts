/**
 * The command on Deno, from source, with no more permissions than the documentation says.
 */

import { assert, assertEquals, assertMatch, assertNotMatch, assertRejects } from "@std/assert";
import { readConfig, ROOT } from "../../scripts/npm/config.ts";
import { HELP, readArguments, UsageError } from "../../src/cli/arguments.ts";
import { prepare } from "../../src/cli/request.ts";
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

const MORE = /^more than a URL is given: put values in quotes, as in -H 'NAME: VALUE'$/;

/** What is wrong with arguments, and what is said about it. */
const WRONG: readonly (readonly [args: readonly string[], error: RegExp])[] = [
  [[], /^the URL is missing: see --help$/],
  [["http://x/", "http://y:s3cret@w/?a"], MORE],
  [["http://x/", "s3cret"], MORE],
  [["-H", "Authorization:", "Bearer", "s3cret", "http://x/"], MORE],
  [["-H", "Authorization:", "s3cret"], MORE],
  ...["/end", "", "file:///end", "http:///end", "ftp://x/", "x:99999/", "us3r:p@"].map((url) =>
    [[url], /^".*" is no URL: give one such as https:\/\/example.com\/events$/] as const
  ),
  ...["8123", "8123/other"].map((url) =>
    [[url], /^"8123.*" is no URL: for a port of this machine, give localhost:8123/] as const
  ),
  ...["99999/", "http//x/", "https//x"].map((url) =>
    [[url], /^".*" is no URL: give one such as https:\/\/example.com\/events$/] as const
  ),
  [["--hedaer", "s3cret", "http://x/"], /^Unknown option '--hedaer', did you mean --header\? See/],
  [["--cout=s3cret", "http://x/"], /^Unknown option '--cout', did you mean --count\? See --help$/],
  [["--last-id=s3cret"], /^Unknown option '--last-id', did you mean --last-event-id\? See/],
  [["--reconnect"], /^Unknown option '--reconnect', did you mean --no-reconnect\? See/],
  [["--max-time=1"], /^Unknown option '--max-time': see --help$/],
  [["-z"], /^Unknown option '-z': see --help$/],
  [["http://us3r:s3cret@x:99999/?s3cret"], /^"http:\/\/x:99999\/" is no URL: /],
  ...["Secret s3cret", ""].map((field) =>
    [
      ["-H", field, "http://x/"],
      /^--header: a header has no colon: write it as NAME: VALUE$/,
    ] as const
  ),
  ...[": s3cret", " : s3cret", ":path: s3cret"].map((field) =>
    [
      ["-H", field, "http://x/"],
      /^--header: a header has no name: write it as NAME: VALUE$/,
    ] as const
  ),
  [
    ["-H", "X: s3cret\x1B", "http://x/"],
    /^--header: X holds a character that no header can carry$/,
  ],
  ...["/s3cret=\u00E9: x", "s3cret_T0ken: \u20AC"].map((field) =>
    [["-H", field, "http://x/"], /^--header: a field holds a character that no header/] as const
  ),
  [["-b", "a=s3cret", "-H", "cookie: b", "http://x/"], /^the header Cookie is given twice: give/],
  ...["1.5", "1e3", "9999999999"].map((count) =>
    [
      ["--count", count, "http://x/"],
      /^--count must be a whole number from 1 to 1000000000, got "[\de.]+"$/,
    ] as const
  ),
  [
    ["--max-retries=-1", "http://x/"],
    /^--max-retries must be a whole number from 0 to 1000000000,/,
  ],
  ...["soon", "0", "0.0001", "2000001", "1e3", "."].map((time) =>
    [
      ["--timeout", time, "http://x/"],
      /^--timeout must be a number of seconds from 0.001 to 2000000, got ".+"$/,
    ] as const
  ),
  [["--json", "--raw", "http://x/"], /^--json and --raw exclude each other$/],
  [["--last-event-id", "a\u0001", "http://x/"], /^--last-event-id holds a control character/],
];

test("cli: wrong arguments are named, and no secret is repeated", async () => {
  for (const [args, expected] of WRONG) {
    const { message } = await assertRejects(
      async () => {
        const read = readArguments(args);
        if (typeof read === "object") await prepare(read);
      },
      UsageError,
      undefined,
      String(args),
    );
    assertMatch(message, expected);
    assertNotMatch(message, /s3cret|us3r/);
  }
});

test("cli: a URL without a scheme is http: for what is local, and https: otherwise", () => {
  const completed = {
    "localhost": "http://localhost",
    "localhost:8000/events": "http://localhost:8000/events",
    "api.localhost/x?y": "http://api.localhost/x?y",
    "127.0.0.1:1": "http://127.0.0.1:1",
    "u:p@[::1]:80/x": "http://u:p@[::1]:80/x",
    "example.com": "https://example.com",
    "example.com:8080/a@b": "https://example.com:8080/a@b",
    "localhost.example.com": "https://localhost.example.com",
    "HTTP://x/": "HTTP://x/",
    "data:text/event-stream,": "data:text/event-stream,",
  };
  for (const [given, url] of Object.entries(completed)) {
    const read = readArguments([given]);
    assertEquals(typeof read === "object" && read.url, url);
  }
});

test("cli: the documentation has --help", async () => {
  const page = await Deno.readTextFile(new URL("docs/command_line.md", ROOT));
  assert(page.includes(`\`\`\`text\n${HELP}\n\`\`\`\n`));
});

test("cli: what Deno does not permit is named", async () => {
  const server = await script(ending("data: a\n\n"));
  const socks = `socks5://${config.proxies.socks}`;
  const secure = config.tls.urls.unknownCa;
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

  for (
    const args of [
      ["--insecure", secure],
      ["--proxy", "none", secure],
      ["--insecure", "--proxy", socks, secure],
      // Whose credentials its fetch would send to the server.
      ["--proxy", `http://us3r:s3cret@${config.proxies.open}`, secure],
    ]
  ) {
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
