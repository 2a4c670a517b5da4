/**
 * What the command does, for every runtime that runs it.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { config, delay, test } from "../harness.ts";
import { ending, script, streaming } from "../scripted.ts";
import type { Command } from "./command.ts";

const { proxies, tls } = config;

/** The permissions that files take on Deno, and those of node:https and the environment. */
const FILES = ["-R", "-W"];
const NODE = ["-E", "-S"];

const TIME = /^\d\d:\d\d:\d\d /gm;

/** Every character that moves a cursor or begins a sequence, line feeds aside. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\0-\x09\x0B-\x1F\x7F-\x9F\u202E\u2028]/;

const HOSTILE = "\x1B[31mred\x07\b\x9B2J\u202Eabc\u2028\x7F";

/** The type of an event, in its colour. */
const MESSAGE = "\x1B[36mmessage\x1B[39m";

const hasScript = await new Deno.Command("script", { args: ["--version"], stdout: "null" })
  .output().then(({ success }) => success, () => false);

const WHOLE = "must be a whole number from";
const SECONDS = "must be a number of seconds from 0.001 to 31536000 (a year), such as 30 or 0.5,";
const WHOLE_URL = "give the whole of it, as in https://example.com/events";

const QUOTED = "-H 'NAME: VALUE'";
const NO_NAME = `holds a character that no name can: ${QUOTED}`;

const UNQUOTED =
  `--header "Authorization" has no value, and other text than a URL follows: -H 'NAME: VALUE' in quotes`;

/** What is wrong usage, and what is said about it: all of it, or what matches. */
const WRONG: readonly (readonly [args: readonly string[], errors: RegExp | string])[] = [
  [["--jsn", "http://x/"], /^eventsource: unknown option --jsn: did you mean --json\?$/],
  [
    ["--headers=a: b", "http://x/"],
    /^eventsource: unknown option --headers: did you mean --header\?$/,
  ],
  [["--reconnect", "http://x/"], /--reconnect: did you mean --no-reconnect\?$/],
  [["--something-else", "http://x/"], /--something-else: --help lists those there are$/],
  // Two letters of four, or of five, are another word.
  ...["--http", "--cert", "--retry"].map((option) =>
    [[option, "http://x/"], `unknown option ${option}: --help lists those there are`] as const
  ),
  [["--jsno", "http://x/"], "unknown option --jsno: did you mean --json?"],
  [["--max", "http://x/"], "unknown option --max: did you mean --max-attempts?"],
  [["-z", "http://x/"], /unknown option -z: --help lists those there are$/],
  [["-k", "http://x/"], "unknown option -k: did you mean --insecure?"],
  [["-V"], "unknown option -V: did you mean --version?"],
  [[], "the URL is missing: eventsource [options] URL, or --help for the options"],
  [["http://x/", "http://y:z@w/?a"], /one URL is enough, and "http:\/\/w\/" is another/],
  [
    ["http://x/", "s3cret"],
    /^eventsource: one URL is enough, and more is given: options that take/,
  ],
  [["-H", "Authorization:", "Bearer", "s3cret", "http://x/"], UNQUOTED],
  [["-H", "Authorization:", "s3cret"], UNQUOTED],
  [["localhost:8080/events"], /did you mean http:\/\/localhost:8080\/events\?$/],
  [["us3r:s3cret@localhost/x"], /^eventsource: "localhost\/x" .* mean http:\/\/localhost\/x\?$/],
  [["[::1]:80/x"], /did you mean http:\/\/\[::1\]:80\/x\?$/],
  [["//example.com/x"], /did you mean http:\/\/example\.com\/x\?$/],
  [["https:example.com/x"], /did you mean https:\/\/example\.com\/x\?$/],
  ...["/end", "./end", "", "-", "file:///end", "http:///end", "ftp://example.com/", "x:99999/"].map(
    (
      url,
    ) => [[url], `${JSON.stringify(url)} is no http: or https: URL: ${WHOLE_URL}`] as const,
  ),
  [["http://x:99999/"], '"http://x:99999/" is no http: or https: URL: check its host and port'],
  [["-H", "Secret s3cret", "http://x/"], /^eventsource: --header "Secret" has no colon/],
  [["-H", "", "http://x/"], `-H needs a value: -H 'NAME: VALUE'`],
  [["-H", "s\u00E9 s3cret", "http://x/"], `--header "s" has no colon after its name: ${QUOTED}`],
  [["-H", "\u00E9", "http://x/"], `--header has no colon after its name: ${QUOTED}`],
  [["-H", " : s3cret", "http://x/"], `--header has no name before its colon: ${QUOTED}`],
  [["-H", "\u00E9: s3cret", "http://x/"], `the name of --header "\u00E9" ${NO_NAME}`],
  [
    ["-H", "Gr\u00F6\u00DFe: s3cret", "http://x/"],
    `the name of --header "Gr\u00F6\u00DFe" ${NO_NAME}`,
  ],
  [
    ["-H", "Bearer s3cret: x", "http://x/"],
    `the name of --header "Bearer" (the rest is not shown, as it may be a secret) ${NO_NAME}`,
  ],
  [
    ["-H", "/s3cret=: x", "http://x/"],
    `the name of --header (the rest is not shown, as it may be a secret) ${NO_NAME}`,
  ],
  [["-H", "X-Bad: s3\ncret", "http://x/"], /^eventsource: the value of --header "X-Bad" holds a/],
  [["-H", "X-Bad: s3cret\u20AC", "http://x/"], /^eventsource: the value of --header "X-Bad" holds/],
  [["--cookie", "a=s3cret\u20AC", "http://x/"], /^eventsource: the value of --cookie holds a char/],
  [["--cookie", "s3cret", "http://x/"], /--cookie has no equals sign: --cookie NAME=VALUE$/],
  [["--cookie", "a=s3cret", "-H", "cookie: b", "http://x/"], /--cookie and the header Cookie ex/],
  [["--count"], /--count needs a value: --count N$/],
  ...["0", "-1", "1.5", "1e3", "9999999999"].map((count) =>
    [
      ["--count", count, "http://x/"],
      `--count ${WHOLE} 1 to 1000000000, and is "${count}"`,
    ] as const
  ),
  [["--count", "1", "--count", "2", "http://x/"], /--count is given twice/],
  [["--event", "--json", "http://x/"], /--event needs a value: .*--event=VALUE$/],
  [["--json=yes", "http://x/"], /--json takes no value/],
  [["--json", "--raw", "http://x/"], /--json and --raw exclude each other/],
  [["--event=", "http://x/"], "--event needs a value: --event TYPE"],
  [["-d", "@", "http://x/"], "--data @ names no file: --data @FILE"],
  [["--timeout", "soon", "http://x/"], `--timeout ${SECONDS} and is "soon"`],
  ...["0", "-1", "-.5", "0.0001", "31536001", "1e3"].map((time) =>
    [["--idle-timeout", time, "http://x/"], `--idle-timeout ${SECONDS} and is "${time}"`] as const
  ),
  [["--max-attempts", "-1", "http://x/"], `--max-attempts ${WHOLE} 0 to 1000000000, and is "-1"`],
  [["--proxy", "http://us3r%:s3cret@x", "http://x/"], /^eventsource: --proxy must have its user/],
  [["--proxy", "us3r:s3cret@x", "http://x/"], /--proxy must be an http:, https: or socks5: URL/],
  ...["G T", "TRACE", "HEAD"].map((method) =>
    [
      ["-X", method, "http://x/"],
      `--method must be one that events can answer, such as GET or POST, and is "${method}"`,
    ] as const
  ),
  [["-X", "GET", "-d", "a", "http://x/"], /a GET request cannot have a body; a POST can$/],
  [["--last-event-id", "a\u0001", "http://x/"], /--last-event-id holds a control character/],
];

/** Adds the tests for one runtime. */
export function testCommand(runtime: string, command: Command, version: string): void {
  const on = (name: string, body: () => Promise<void>, skip?: string): void =>
    test(`cli: ${name} [${runtime}]`, body, skip === undefined ? {} : { skip: both(skip) });

  on("events for people: time, type, id, data", async () => {
    const server = await script(ending(
      ": hello\n\nid: 7\ndata: one\n\nevent: wind\ndata: two\ndata:  lines\n\nid\ndata: none\n\n",
    ));
    const { code, output, errors } = await command.run(["--no-reconnect", server.url]);
    assertEquals([code, errors], [0, ""]);
    assertEquals(output.match(TIME)?.length, 3);
    assertEquals(
      output.replaceAll(TIME, ""),
      "message id=7 one\nwind id=7\n  two\n   lines\nmessage none\n",
    );
  });

  on("what a server names error is an event like any other", async () => {
    const server = await script(ending("event: error\ndata: a\n\nevent: open\ndata: b\n\n"));
    const { code, output } = await command.run(["--no-reconnect", server.url]);
    assertEquals([code, output.replaceAll(TIME, "")], [0, "error a\nopen b\n"]);
  });

  on("no character of a server's commands the terminal", async () => {
    const server = await script(ending(
      `:${HOSTILE}\n\nid: ${HOSTILE}\nevent: ${HOSTILE}\ndata: ${HOSTILE}\ndata:\t${HOSTILE}\n\n`,
      `data: {"a": "\x9B\u202E"}\n\n`,
    ));
    const args = ["--no-reconnect", server.url];
    const { output } = await command.run(["--comments", "--pretty", ...args]);
    assertNotMatch(output.replaceAll("\t", ""), CONTROL);
    assert(output.includes("\\u001b[31mred\\u0007\\u0008\\u009b2J\\u202eabc\\u2028\\u007f"));

    const json = await command.run(["--comments", "--json", ...args]);
    // JSON takes no harm from the last two, nor does a terminal.
    assertNotMatch(json.output.replaceAll(/[\u202E\u2028]/g, ""), CONTROL);
    const [comment, event] = json.output.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(comment.comment, HOSTILE);
    assertEquals([event.type, event.lastEventId, event.data], [
      HOSTILE,
      HOSTILE,
      `${HOSTILE}\n\t${HOSTILE}`,
    ]);

    const refused = await script({ headers: { "Content-Type": "x\x1B[31m" } });
    const { errors } = await command.run(["-v", "--max-attempts", "0", refused.url]);
    assertNotMatch(errors, CONTROL);
    assert(errors.includes("eventsource: "));
  });

  on("--raw is the data as it came", async () => {
    const server = await script(ending(`data: ${HOSTILE}\n\ndata: a\ndata:\ndata: b\n\n`));
    const { output } = await command.run(["--raw", "--no-reconnect", server.url]);
    assertEquals(output, `${HOSTILE}\na\n\nb\n`);
  });

  on("--json is an object a line, with comments in their places", async () => {
    const server = await script(ending(
      ": first\n\nid: 1\ndata: a\ndata: b\n\n: second\n\nevent: x\ndata: [1]\n\n: third\n\n",
    ));
    const { code, output } = await command.run([
      "--json",
      "--comments",
      "--no-reconnect",
      server.url,
    ]);
    assertEquals(code, 0);
    const lines = output.trimEnd().split("\n").map((line) => JSON.parse(line));
    for (const line of lines) {
      assert(Math.abs(Date.parse(line.time) - Date.now()) < 60_000);
      delete line.time;
    }
    const { origin } = new URL(server.url);
    assertEquals(lines, [
      { comment: "first" },
      { type: "message", data: "a\nb", lastEventId: "1", origin },
      { comment: "second" },
      { type: "x", data: "[1]", lastEventId: "1", origin },
      { comment: "third" },
    ]);
  });

  on("--comments keep their places while the output is slow", async () => {
    const texts = Array.from(
      { length: 400 },
      (_, i) => `:${i}\n\ndata: ${i} ${"x".repeat(500)}\n\n`,
    );
    const server = await script(ending(texts.join("")));
    const running = await command.start(["--comments", "--no-reconnect", server.url]);
    await delay(300);
    const { output } = await running.outcome();
    const order = Array.from(
      output.matchAll(/(?::|message) (\d+)/g),
      ([, number]) => Number(number),
    );
    assertEquals(order, texts.flatMap((_, index) => [index, index]));
  });

  on("--pretty leaves JSON of many megabytes as it is", async () => {
    const server = await script({
      steps: [
        { write: `data: ["` },
        ...Array.from({ length: 12 }, () => ({ write: "x".repeat(1_000_000) })),
        { write: `"]\n\ndata: after\n\n` },
        "end",
      ],
    });
    const { code, output } = await command.run(["--pretty", "--no-reconnect", server.url]);
    const lines = output.trimEnd().split("\n");
    assertEquals([code, lines.length], [0, 2], output.slice(-200));
    assertMatch(lines[1] ?? "", /after$/);
  });

  on("--pretty spreads JSON, and changes none of it", async () => {
    const server = await script(ending(
      'data: {"id":12345678901234567890,"a":[],"b":[1,{"c":"x,\\"y:"}],"a":{}}\n\ndata: 12\n\n',
      `data: ${"[".repeat(100)}${"]".repeat(100)}\n\ndata: {no\n\n`,
    ));
    const { output } = await command.run(["--pretty", "--no-reconnect", server.url]);
    assertEquals(
      output.replaceAll(TIME, ""),
      `message
  {
    "id": 12345678901234567890,
    "a": [],
    "b": [
      1,
      {
        "c": "x,\\"y:"
      }
    ],
    "a": {}
  }
message 12
message ${"[".repeat(100)}${"]".repeat(100)}
message {no
`,
    );
  });

  on("colours by FORCE_COLOR, and none for pipes", async () => {
    const server = await script(ending("id: 1\ndata: a\n\n"));
    const args = ["--no-reconnect", server.url];
    const forced = await command.run(args, { env: { FORCE_COLOR: "1" } });
    assert(forced.output.endsWith(`${MESSAGE} \x1B[33mid=1\x1B[39m a\n`), forced.output);
    const plain = await command.run(args, { env: { NO_COLOR: "", FORCE_COLOR: "0" } });
    assert(!plain.output.includes("\x1B"));
  });

  on("colours on a terminal, unless NO_COLOR says no", async () => {
    const server = await script(ending("data: a\n\n"));
    const args = ["--no-reconnect", server.url];
    const shown = await command.onTerminal(args, {});
    assert(shown.endsWith(`${MESSAGE} a\r\n`), shown);
    assertMatch(await command.onTerminal(args, { NO_COLOR: "1" }), /^\d\d:\d\d:\d\d message a\r\n/);
  }, hasScript ? undefined : "there is no script of util-linux");

  on("-H, --cookie and --last-event-id are sent", async () => {
    const server = await script(streaming("data: a\n\n"));
    const { code, errors } = await command.run([
      ...[
        "-H",
        "X-One: 1",
        "-HX-Empty:",
        "--header=X-Two:  2:3 ",
        "--cookie",
        "a=b",
        "--cookie",
        "c=d",
      ],
      ...["--last-event-id", "\u20AC7", "--count", "1", server.url],
    ]);
    assertEquals([code, errors], [0, ""]);
    const [{ method, headers } = {}] = await server.requests(1) as never as [
      { method: string; headers: Record<string, string> },
    ];
    assertEquals(
      [method, headers?.["x-one"], headers?.["x-two"], headers?.["cookie"]],
      ["GET", "1", "2:3", "a=b; c=d"],
    );
    assertEquals(headers?.["last-event-id"], "\xE2\x82\xAC7");
  });

  on("-d is text, a file or standard input, sent once; -X is the method", async () => {
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, "from=file\n");
    const cases = [
      [["-d", '{"a":1}'], {}, "POST", "application/json", '{"a":1}'],
      [["-d", `@${file}`], { permissions: FILES }, "POST", "form", "from=file\n"],
      [["-d", "-", "-X", "put"], { stdin: "from=stdin" }, "PUT", "form", "from=stdin"],
      [["-d", "", "-H", "content-type: text/x"], {}, "POST", "text/x", ""],
    ] as const;
    for (const [args, options, method, type, body] of cases) {
      const server = await script(ending("data: a\n\n"));
      const { code, output, errors } = await command.run(["--raw", ...args, server.url], options);
      assertEquals([code, output, errors], [0, "a\n", ""]);
      const [request] = await server.requests(1);
      assertEquals([request?.method, request?.body], [method, body]);
      const expected = type === "form" ? "application/x-www-form-urlencoded" : type;
      assertEquals(request?.headers["content-type"], expected);
      assertEquals(await server.count(), 1);
    }
    await Deno.remove(file);
  });

  on("a standard input that cannot be read is wrong usage", async () => {
    const server = await script(ending("data: a\n\n"));
    // Node.js and Deno take a folder for an empty file.
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-c", 'exec "$@" < /', "sh", ...command.words(), "-d", "-", server.url],
    }).output();
    assert(code === 0 || code === 2, String(code));
    assertMatch(
      new TextDecoder().decode(stderr),
      /^(eventsource: --data: .*: check the path.*\n)?$/,
    );
  });

  on("--event and --count say what is printed", async () => {
    const server = await script(streaming(
      "data: 1\n\nevent: a\ndata: 2\n\nevent: b\ndata: 3\n\nevent: a\ndata: 4\n\nevent: a\ndata: 5\n\n",
    ));
    const { code, output } = await command.run(
      ["--raw", "--event", "a", "--event=b", "--count", "3", server.url],
    );
    assertEquals([code, output], [0, "2\n3\n4\n"]);
  });

  on("it reconnects, with the last id, until it is told not to", async () => {
    const server = await script(
      ending("retry: 10\n\nid: 1\ndata: a\n\n"),
      ending("id: 2\ndata: b\n\n"),
    );
    const { code, output, errors } = await command.run(["--raw", "--count", "2", server.url]);
    assertEquals([code, output, errors], [0, "a\nb\n", ""]);
    const [, second] = await server.requests(2);
    assertEquals(second?.headers["last-event-id"], "1");
  });

  on("--max-attempts bounds the retries in a row", async () => {
    const server = await script(ending("retry: 1\n\n"));
    const { code, errors } = await command.run(["--max-attempts", "2", server.url]);
    assertEquals([code, await server.count()], [1, 3]);
    assertMatch(
      errors,
      /^eventsource: .* closed the stream; gave up after 3 attempts in a row: check the server, .*\n$/,
    );

    const refused = await command.run(["--max-attempts", "0", config.refused]);
    assertEquals(refused.code, 1);
    assertMatch(
      refused.errors,
      /^eventsource: Cannot connect to .*; gave up after 1 attempt: check the URL.*\n$/,
    );

    const once = await command.run(["--max-attempts", "2", (await script({ status: 500 })).url]);
    assertNotMatch(once.errors, /gave up/);
    const posted = await command.run(["--max-attempts", "0", "-d", "a", config.refused]);
    assertNotMatch(posted.errors, /gave up/);
  });

  on("a failure that another attempt follows is told", async () => {
    const running = await command.start([config.refused]);
    await delay(1500);
    running.child.kill("SIGINT");
    const { code, errors } = await running.outcome();
    assertEquals(code, 0);
    assertMatch(errors, /^eventsource: Cannot connect to .*; trying again in 3\.\d s\n$/);
  });

  on("--timeout ends the run as a failure", async () => {
    const server = await script(streaming("data: a\n\n"));
    const { code, output, errors } = await command.run(["--raw", "--timeout", "0.8", server.url]);
    assertEquals([code, output], [1, "a\n"]);
    assertEquals(
      errors,
      "eventsource: the 0.8 s of --timeout are over: allow more, or leave it out\n",
    );
  });

  on("--idle-timeout ends a silence", async () => {
    const server = await script(streaming("retry: 1\n\n: a\n\n"), streaming("data: b\n\n"));
    const { code, output, errors } = await command.run(
      ["--raw", "--idle-timeout", "0.3", "--count", "1", server.url],
    );
    assertEquals([code, output], [0, "b\n"]);
    assertMatch(errors, /sent nothing for 300 ms; trying again in 0\.0 s\n$/);
  });

  on("a server that has no more ends it", async () => {
    const server = await script(ending("retry: 1\ndata: a\n\n"), { status: 204 });
    const { code, output, errors } = await command.run(["--raw", server.url]);
    assertEquals([code, output, errors], [0, "a\n", ""]);
  });

  on("failures for good say what to do", async () => {
    const refused = /status 401 instead of 200: the given credentials were refused, so check them;/;
    const cases = [
      [{ status: 401 }, [], /answered with status 401 instead of 200: give credentials with -H/],
      [{ status: 401 }, ["-H", "authorization: s3cret"], refused],
      [{ status: 401 }, ["-H", "X-Api-Key: s3cret"], refused],
      [{ status: 401 }, ["--cookie", "a=s3cret"], refused],
      [{ status: 403 }, ["--cookie", "a=s3cret"], /status 403 .* credentials were refused/],
      [{ status: 404 }, [], /status 404 .*: check the path of the URL; -v shows the response$/],
      [{ status: 405 }, [], /status 405 .*: give the method that it takes with -X/],
      [{ status: 422 }, [], /status 422 .*: check the request; -v shows the response$/],
      [{ status: 503 }, [], /status 503 .*: try again later; -v shows the response$/],
      [{ status: 503 }, ["-v"], /status 503 .*: try again later$/],
      [
        { headers: { "Content-Type": "text/html" } },
        [],
        /"text\/html" .*: check that the URL is the one of an event stream; -v shows the response$/,
      ],
    ] as const;
    for (const [answer, args, expected] of cases) {
      const server = await script(answer);
      const { code, output, errors } = await command.run([...args, server.url]);
      const lines = errors.trimEnd().split("\n").filter((line) => !/^[<>]/.test(line));
      assertEquals([code, output, lines.length], [1, "", 1], errors);
      assertMatch(lines.join(), expected);
      assertNotMatch(errors, /s3cret/);
    }
    const url = (await script({ status: 401 })).url.replace("http://", "http://us3r:s3cret@");
    assertMatch((await command.run([url])).errors, refused);
  });

  on("credentials that a redirect left behind are not called refused", async () => {
    const target = await script({ status: 401 });
    const server = await script({ status: 307, headers: { Location: target.otherUrl } });
    const { errors } = await command.run(["-H", "Authorization: s3cret", server.url]);
    assertMatch(errors, /status 401 .*: give the URL that it redirects to: what is secret stays/);

    const lenient = await script({ status: 307, headers: { Location: tls.urls.unknownAuthority } });
    const { code, errors: said } = await command.run(["--insecure", lenient.url]);
    assertEquals(code, 1);
    assertMatch(said, /: give the URL that it redirects to: --insecure is for the origin of the U/);
  });

  on("-v tells of requests and responses, and of no secret", async () => {
    const target = await script({
      status: 403,
      headers: {
        "Set-Cookie": "s3cret",
        "X-Shown": "yes",
        "Content-Location": "/a?q=s3cret",
        Refresh: "5; url=/b?q=s3cret",
        Link: '<https://us3r@x.example/c?q="s3cret>; rel="next", </d#s3cret>; anchor="/e?s3cret"',
      },
      steps: [{ write: '{"error":"no such key"}\n' }],
    });
    const server = await script({
      status: 307,
      headers: { Location: `${target.url}?q=s3cret` },
      steps: ["end"],
    });
    const url = server.url.replace("http://", "http://us3r:s3cret@");
    const { code, output, errors } = await command.run([
      ...["-v", "-H", "Authorization: s3cret", "-H", "X-Api-Key: s3cret", "-H", "X-Plain: shown"],
      ...["-H", "Proxy-Authorization: s3cret", "--cookie", "a=s3cret", `${url}?q=s3cret`],
      ...["Ocp-Apim-Subscription-Key", "X-Authentication", "Cf-Access-Jwt-Assertion"].flatMap((
        name,
      ) => ["-H", `${name}: s3cret`]),
      ...["-H", "Mcp-Session-Id: s3cret", "-H", "Referer: https://x.example/f?q=s3cret"],
      ...["--last-event-id", "\u20AC"],
    ]);
    assertEquals([code, output], [1, ""]);
    assertNotMatch(errors, /s3cret|us3r/);
    assertMatch(errors, /^> GET http:\S+\/script\/\d+\?\.\.\.$/m);
    assertMatch(errors, /^> x-plain: shown$/m);
    assertMatch(errors, /^> last-event-id: \u20AC$/m);
    for (
      const name of [
        "authorization",
        "x-api-key",
        "cookie",
        "proxy-authorization",
        "mcp-session-id",
      ]
    ) {
      assertMatch(errors, new RegExp(`^> ${name}: \\(hidden\\)$`, "m"));
    }
    const lines = errors.split("\n");
    for (
      const line of [
        "> referer: https://x.example/f",
        "< content-location: /a",
        "< refresh: 5; url=/b",
        '< link: <https://x.example/c>; rel="next", </d>; anchor="/e"',
      ]
    ) {
      assert(lines.includes(line), `${line} is missing in:\n${errors}`);
    }
    assertMatch(errors, /^< 307$[^]*^< location: http:\S+$[^]*^< 403$[^]*^< x-shown: yes$/m);
    assertMatch(errors, /^< \{"error":"no such key"\}$/m);
  });

  on("-v tells of reconnections", async () => {
    const server = await script(ending("retry: 1\ndata: a\n\n"), streaming("data: b\n\n"));
    const { errors } = await command.run(["-v", "--count", "2", server.url]);
    assertMatch(errors, /closed the stream; trying again in 0\.0 s$/m);
  });

  on("wrong usage exits with 2, and names what is wrong", async () => {
    for (const [args, expected] of WRONG) {
      const { code, output, errors } = await command.run(args);
      assertEquals([code, output], [2, ""], `${args}: ${errors}`);
      if (typeof expected === "string") assertEquals(errors, `eventsource: ${expected}\n`);
      else assertMatch(errors.replace(/\n$/, ""), expected);
      assertNotMatch(errors, /s3cret|us3r/);
    }
    const missing = await command.run(["--cacert", "/no/such.pem", "http://x/"], {
      permissions: FILES,
    });
    assertEquals(missing.code, 2);
    assertMatch(missing.errors, /^eventsource: --cacert: .*\/no\/such\.pem.*: check the path/);
  });

  on("--save-id without a file that can be kept asks the server nothing", async () => {
    const folder = await Deno.makeTempDir();
    const pipe = `${folder}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    await Deno.mkdir(`${folder}/taken.new`);
    const server = await script(ending("data: a\n\n"));
    const cases = [
      ["/no/such/id", /^eventsource: --save-id: .*\/no\/such\/id.*: check the path, and who may/],
      [folder, /^eventsource: --save-id: .* is not a regular file, which alone is replaced: check/],
      [pipe, /^eventsource: --save-id: .* is not a regular file, which alone is replaced: check/],
      [`${folder}/taken`, /^eventsource: --save-id: .*: check the path, and who may use it$/],
    ] as const;
    for (const [file, expected] of cases) {
      const { code, output, errors } = await command.run(
        ["--save-id", file, "--no-reconnect", server.url],
        { permissions: FILES },
      );
      assertEquals([code, output], [2, ""], errors);
      assertMatch(errors.replace(/\n$/, ""), expected);
    }
    assertEquals(await server.count(), 0);
    await Deno.remove(folder, { recursive: true });
  });

  on("--save-id leaves its file as it was when an id is refused", async () => {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/id`;
    const server = await script(ending("data: a\n\n"));
    const control = /^eventsource: --last-event-id holds a control character, which no request can/;
    const noId =
      /^eventsource: --save-id: \S+\/id does not hold the one line of an id: empty it to/;
    const cases = [
      ["", ["--last-event-id", "q\x01"], control],
      ["a\nb", [], noId],
      ["a\r", [], noId],
      ["a\0b\n", [], noId],
    ] as const;
    for (const [text, args, expected] of cases) {
      await Deno.writeTextFile(file, text);
      const { code, output, errors } = await command.run(
        ["--save-id", file, ...args, "--no-reconnect", server.url],
        { permissions: FILES },
      );
      assertEquals([code, output], [2, ""], errors);
      assertMatch(errors, expected);
      assertEquals(await Deno.readTextFile(file), text);
    }
    assertEquals(await server.count(), 0);
    await Deno.remove(folder, { recursive: true });
  });

  on("--save-id keeps an id that no request can carry, and goes on without it", async () => {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/id`;
    const server = await script(ending("id: a\x01b\ndata: c\n\n"));
    for (let run = 0; run < 2; run++) {
      const { code, output, errors } = await command.run(
        ["--raw", "--save-id", file, "--no-reconnect", server.url],
        { permissions: FILES },
      );
      assertEquals([code, output, errors], [0, "c\n", ""]);
      assertEquals(await Deno.readTextFile(file), "a\x01b\n");
    }
    const ids = (await server.requests(2)).map(({ headers }) => headers["last-event-id"]);
    assertEquals(ids, [undefined, undefined]);
    await Deno.remove(folder, { recursive: true });
  });

  on("--save-id replaces the file that a link is to, and leaves the link", async () => {
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(`${folder}/real`, "6\n");
    await Deno.symlink("real", `${folder}/link`);
    const server = await script(ending("id: 7\ndata: a\n\n"));
    const { code, errors } = await command.run(
      ["--save-id", `${folder}/link`, "--no-reconnect", server.url],
      { permissions: FILES },
    );
    assertEquals([code, errors], [0, ""]);
    assertEquals((await server.requests(1))[0]?.headers["last-event-id"], "6");
    assertEquals(await Deno.readTextFile(`${folder}/real`), "7\n");
    assert((await Deno.lstat(`${folder}/link`)).isSymlink);
    await Deno.remove(folder, { recursive: true });
  });

  on("--proxy goes through it, and so does the environment's; none goes direct", async () => {
    const server = await script(streaming("data: a\n\n"));
    const { pathname, host } = new URL(server.url);
    const seen = async (name: string, part: string): Promise<number> => {
      const all = await (await fetch(`http://${proxies.control}/`)).json();
      return all[name].filter(({ target }: { target: string }) => target.includes(part)).length;
    };
    const args = ["--raw", "--count", "1", server.url];
    const through = async (...more: string[]) =>
      await command.run([...more, ...args], {
        permissions: NODE,
        env: { HTTP_PROXY: `http://${proxies.open}`, NO_PROXY: "", no_proxy: "" },
      });
    const direct = await through("--proxy", "none");
    assertEquals([direct.output, await seen("open", pathname)], ["a\n", 0], direct.errors);
    const plain = await through();
    assertEquals([plain.output, await seen("open", pathname)], ["a\n", 1], plain.errors);
    const proxy = `http://us3r:p%40ss@${proxies.authenticated}`;
    const given = await command.run(["--proxy", proxy, ...args]);
    assertEquals([given.output, await seen("authenticated", pathname)], ["a\n", 1], given.errors);
    const socks = await command.run(["--proxy", `socks5://${proxies.socks}`, ...args], {
      permissions: NODE,
    });
    assertEquals([socks.output, await seen("socks", host) > 0], ["a\n", true], socks.errors);
  });

  on("a proxy that wants credentials, or refuses them, is told apart", async () => {
    const { url } = await script(ending("data: a\n\n"));
    for (const target of [url, tls.urls.valid]) {
      const run = (credentials: string) =>
        command.run([
          ...["--max-attempts", "0", "--proxy", `http://${credentials}${proxies.authenticated}`],
          target,
        ]);
      const none = await run("");
      assertEquals(none.code, 1);
      assertMatch(none.errors, /: give the proxy's credentials, as in --proxy http:\/\/user:passw/);
      const wrong = await run("us3r:wr0ng@");
      assertEquals(wrong.code, 1);
      assertMatch(
        wrong.errors,
        /: the proxy's credentials were refused, so check them$/m,
      );
      assertNotMatch(wrong.errors, /us3r|wr0ng/);
    }
    const socks = `socks5://${proxies.socksAuthenticated}`;
    const { code, errors } = await command.run(["--max-attempts", "0", "--proxy", socks, url]);
    assertEquals(code, 1);
    assertMatch(errors, /: give the proxy's credentials, as in --proxy socks5:\/\/user:password@h/);
  });

  on("--insecure and --cacert say whom to trust, and nobody else is trusted", async () => {
    const url = tls.urls.unknownAuthority;
    const args = ["--raw", "--count", "1", "--timeout", "10"];
    const refused = await command.run([...args, url]);
    assertEquals([refused.code, refused.output], [1, ""]);
    assertMatch(
      refused.errors,
      /^eventsource: Cannot connect.*--cacert FILE, or give --insecure\n$/,
    );

    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, tls.unknownCa);
    const trusted = await command.run([...args, "--cacert", file, url], { permissions: ["-R"] });
    assertEquals([trusted.code, trusted.output, trusted.errors], [0, "secure\n", ""]);
    const wrong = await command.run([...args, "--cacert", file, tls.urls.wrongName], {
      permissions: ["-R"],
    });
    assertEquals([wrong.code, wrong.output], [1, ""]);
    await Deno.writeTextFile(file, tls.ca);
    const other = await command.run([...args, "--cacert", file, url], { permissions: ["-R"] });
    assertEquals([other.code, other.output], [1, ""]);
    assertMatch(
      other.errors,
      /: no authority in \S+ has signed it, so check whose it is, or give --insecure\n$/,
    );

    // Text around certificates, and what else there is, is nothing that they are stopped by.
    await Deno.writeTextFile(
      file,
      `# known${tls.ca.trim()}unknown\n${tls.unknownCa}${tls.client.key}`,
    );
    const both = await command.run([...args, "--cacert", file, url], { permissions: ["-R"] });
    assertEquals([both.code, both.output, both.errors], [0, "secure\n", ""]);
    await Deno.remove(file);

    const lenient = await command.run([...args, "--insecure", url], { permissions: NODE });
    assertEquals([lenient.code, lenient.output, lenient.errors], [0, "secure\n", ""]);
  });

  on("--cacert with a server's own certificate, which is an authority's", async () => {
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, tls.selfSigned);
    const run = (...more: string[]) =>
      command.run(["--raw", "--count=1", "--timeout=10", ...more, tls.urls.selfSigned], {
        permissions: ["-R"],
      });
    const refused = await run();
    assertEquals(refused.code, 1);
    assertMatch(refused.errors, /--cacert FILE/);
    const trusted = await run("--cacert", file);
    if (runtime === "deno") {
      assertEquals(trusted.code, 1);
      assertMatch(
        trusted.errors,
        /: its certificate is an authority's own, which Deno refuses .* or run this with npx\n$/,
      );
    } else {
      assertEquals([trusted.code, trusted.output, trusted.errors], [0, "secure\n", ""]);
    }
    await Deno.remove(file);
  });

  on("a server that speaks TLS, asked without: it says so", async () => {
    const [alert, silent] = [new Uint8Array([21, 3, 1, 0, 2, 2, 70]), new Uint8Array()];
    for (const answer of [alert, silent]) {
      const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
      let connections = 0;
      const serving = (async () => {
        for await (const connection of listener) {
          connections++;
          await connection.read(new Uint8Array(10_000));
          await connection.write(answer);
          connection.close();
        }
      })();
      const url = `http://127.0.0.1:${listener.addr.port}/`;
      // Of one that says nothing, it is not known.
      const bounds = answer === alert ? [] : ["--max-attempts=1"];
      const { code, errors } = await command.run(["--timeout=8", ...bounds, url]);
      listener.close();
      await serving;
      const lines = errors.trimEnd().split("\n");
      assertEquals([code, lines.length, connections], [1, ...(answer === alert ? [1, 1] : [2, 2])]);
      if (answer === alert) {
        assertMatch(
          errors,
          /: it does not speak HTTP, so give the URL with https:, or check its p/,
        );
      } else {
        assertMatch(lines[0]!, /; trying again in .* s; if it speaks TLS, give it with https:$/);
        assertMatch(lines[1]!, /: check the URL: if it speaks TLS, give it with https:$/);
      }
    }
  });

  on("--cacert without a certificate is wrong usage", async () => {
    const file = await Deno.makeTempFile();
    const block = (text: string) =>
      `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
    const cases = [
      [
        "",
        /^eventsource: --cacert: \S+ holds no certificate in PEM: one begins with -----BEGIN CE/,
      ],
      [tls.client.key, /holds no certificate in PEM: /],
      [
        block("nonsense"),
        /^eventsource: --cacert: \S+ holds a certificate that cannot be read: ge/,
      ],
      [
        `${tls.ca}\n${block("AAAA")}`,
        /holds a certificate that cannot be read: get the file anew$/,
      ],
    ] as const;
    for (const [text, expected] of cases) {
      await Deno.writeTextFile(file, text);
      const { code, output, errors } = await command.run(
        ["--timeout=5", "--cacert", file, tls.urls.valid],
        { permissions: ["-R"] },
      );
      assertEquals([code, output], [2, ""], errors);
      assertMatch(errors.replace(/\n$/, ""), expected);
      assert(errors.includes(file));
    }
    await Deno.remove(file);
  });

  on("of TLS that fails it says why, and what to do, at the first attempt", async () => {
    const cases = [
      ["expired", /: check the clock, and how long the certificate is valid, or give --insecure$/],
      ["wrongName", /: check the host of the URL, or give --insecure$/],
      ["unknownAuthority", /: trust its authority with --cacert FILE, or give --insecure$/],
      [
        "clientCertificate",
        /: it asks for a certificate of yours, which this command cannot give$/,
      ],
    ] as const;
    for (const [name, expected] of cases) {
      const { code, errors } = await command.run(["--timeout=5", tls.urls[name]]);
      assertEquals(code, 1);
      assertMatch(errors, /^[^\n]*\n$/);
      assertMatch(errors.replace(/\n$/, ""), expected);
    }
    const plain = await command.run(["--timeout=5", `https://${proxies.control}/`]);
    assertEquals(plain.code, 1);
    assertMatch(plain.errors, /^[^\n]*: it does not speak TLS, so give the URL with http:\n$/);
    assert(!plain.errors.includes("\\u000a"), plain.errors);
    const proxied = await command.run(
      ["--timeout=5", "--proxy", `https://${proxies.open}`, config.server],
    );
    assertEquals(proxied.code, 1);
    assertMatch(proxied.errors, /^[^\n]*: check which of the proxy and the URL .* http:\n$/);
  });

  on("--save-id goes on after the last event, and loses none when it is killed", async () => {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/id`;
    const url = `${config.server}/resumable?name=${crypto.randomUUID()}&cuts=60&head=whole`;
    let last = 0;
    let isOver = false;
    for (let runs = 0; !isOver; runs++) {
      assert(runs < 60, `still not over after event ${last}`);
      await using running = await command.start(["--json", "--save-id", file, url], {
        permissions: FILES,
      });
      await running.lines(1 + Math.floor(Math.random() * 12));
      running.child.kill("SIGKILL");
      const { output } = await running.outcome();
      const lines = output.trimEnd().split("\n").filter((line) => line !== "");
      for (const [index, line] of lines.entries()) {
        const { type, data, lastEventId } = JSON.parse(line);
        // Killed between the write and the save: that event, and no other, comes again.
        const known = index === 0 ? [last, last - 1] : [last];
        if (type === "end") {
          assert(known.includes(Number(data)), `the end is after ${data}, not ${last}`);
          isOver = true;
          break;
        }
        if (index > 0 || Number(lastEventId) !== last) last++;
        assertEquals(Number(lastEventId), last);
        assertEquals(data, `event ${last}\n\u20AC`);
      }
    }
    assert(last > 10, `there were ${last} events`);
    assertEquals([...Deno.readDirSync(folder)].filter(({ name }) => name === "id").length, 1);
    await Deno.remove(folder, { recursive: true });
  });

  on("--save-id saves what has been written, and nothing else", async () => {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/id`;
    const server = await script(streaming(...Array.from(
      { length: 2000 },
      (_, id) => `id: ${id + 1}\ndata: ${"x".repeat(1000)}\n\n`,
    )));
    await using running = await command.start(["--json", "--save-id", file, server.url], {
      permissions: FILES,
    });
    // Nobody reads: in the end nothing more is written.
    let saved = "";
    for (let before = "-"; before !== saved || saved === "";) {
      await delay(500);
      [before, saved] = [saved, await Deno.readTextFile(file).catch(() => "")];
    }
    running.child.kill("SIGKILL");
    const { output } = await running.outcome();
    const written = output.split("\n").length - 1;
    assert(written < 2000);
    assert([written, written - 1].includes(Number(saved)), `${saved} of ${written}`);
    await Deno.remove(folder, { recursive: true });
  });

  on("--save-id begins with --last-event-id, and then its file decides", async () => {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/id`;
    const server = await script(streaming("id: \u20AC 8\nevent: b\ndata: a\n\ndata: c\n\n"));
    const args = ["--raw", "--last-event-id", "7", "--save-id", file, "--event", "message"];
    for (let run = 0; run < 2; run++) {
      const { code, output, errors } = await command.run([...args, "--count=1", server.url], {
        permissions: FILES,
      });
      assertEquals([code, output, errors], [0, "c\n", ""]);
      assertEquals(await Deno.readTextFile(file), "\u20AC 8\n");
    }
    const told = await command.run(["-v", ...args, "--count=1", server.url], {
      permissions: FILES,
    });
    assertMatch(
      told.errors,
      /^eventsource: --last-event-id is not used: \S+\/id holds an id, and that one decides$/m,
    );
    const ids = (await server.requests(3)).map(({ headers }) => headers["last-event-id"]);
    assertEquals(ids, ["7", "\xE2\x82\xAC 8", "\xE2\x82\xAC 8"]);
    await Deno.remove(folder, { recursive: true });
  });

  on("SIGINT and SIGTERM end it cleanly", async () => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const server = await script(streaming("data: a\n\n"));
      await using running = await command.start(["--raw", server.url]);
      assertEquals(await running.lines(1), ["a"]);
      running.child.kill(signal);
      const { code, output, errors } = await running.outcome();
      assertEquals([code, output, errors], [0, "a\n", ""]);
      await server.closed(1);
    }
  });

  on("SIGINT ends it while nobody reads its output, which holds the server up", async () => {
    const server = await script({ steps: [{ flood: 256 * 1024 * 1024 }] });
    await using running = await command.start(["--raw", server.url]);
    let flooded = -1;
    for (;;) {
      await delay(500);
      const now = await server.flooded();
      if (now === flooded && now > 0) break;
      flooded = now;
    }
    assert(flooded < 32 * 1024 * 1024, `${flooded} bytes were taken`);
    running.child.kill("SIGINT");
    const { code, errors } = await running.exit();
    assertEquals([code, errors], [0, ""]);
  });

  on("a reader that leaves ends it without an error", async () => {
    const server = await script({ steps: [{ flood: 256 * 1024 * 1024 }] });
    await using running = await command.start(["--raw", server.url]);
    await running.lines(1);
    await running.closeOutput();
    assertEquals(await running.exit(), { code: 0, errors: "" });
    await server.closed(1);
  });

  on("an output that cannot be written is a failure", async () => {
    const server = await script(streaming("data: a\n\n"));
    const words = [...command.words(), "--timeout=10", server.url];
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-c", 'exec "$@" > /dev/full', "sh", ...words],
    }).output();
    assertEquals(code, 1);
    const errors = new TextDecoder().decode(stderr);
    assertMatch(errors, /^eventsource: cannot write the output: .*: make room for it\n$/);
  }, Deno.build.os === "linux" ? undefined : "there is no /dev/full");

  on("--help fits a screen, and --version is the package's", async () => {
    const help = await command.run(["--json", "--help"]);
    assertEquals([help.code, help.errors], [0, ""]);
    const lines = help.output.split("\n");
    assert(lines.length <= 24, `${lines.length} lines`);
    assertEquals(lines.filter((line) => line.length > 79), []);
    assertEquals(await command.run(["--version"]), {
      code: 0,
      output: `${version}\n`,
      errors: "",
    });
  });
}

/** On whichever of the two a test is run. */
function both(reason: string): Record<string, string> {
  return { host: reason, package: reason };
}
