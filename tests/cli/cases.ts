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

/** What is wrong usage, and what is said about it: what the runtimes have a hand in. */
const WRONG: readonly (readonly [args: readonly string[], errors: RegExp])[] = [
  [["--token=s3cret", "http://x/"], /^eventsource: Unknown option '--token': see --help$/],
  [["-zs3cret", "http://x/"], /^eventsource: Unknown option '-?z': see --help$/],
  [["--count"], /^eventsource: Option '--count <value>' argument missing: see --help$/],
  [["--event", "--json", "http://x/"], /^eventsource: Option '--event' argument is ambiguous: see/],
  [["--json=yes", "http://x/"], /^eventsource: Option '--json' does not take an argument: see --h/],
  [["--count", "0", "http://x/"], /^eventsource: --count must be a whole number from 1 to 1000000/],
  [["-H", "Bearer s3cret: x", "http://x/"], /^eventsource: --header: a field holds a character th/],
  [["-H", "X-Bad: s3\ncret", "http://x/"], /^eventsource: --header: X-Bad holds a character that /],
  [["-H", "X-Bad: s3cret\u20AC", "http://x/"], /^eventsource: --header: X-Bad holds a character/],
  [["--cookie", "a=s3cret\u20AC", "http://x/"], /^eventsource: --header: Cookie holds a character/],
  [["-d", "@", "http://x/"], /^eventsource: --data: /],
  [["--proxy", "us3r:s3cret@x", "http://x/"], /^eventsource: proxy must be a whole http:, https:/],
  [
    ["-X", "TRACE", "http://x/"],
    /^eventsource: method cannot be "TRACE/,
  ],
  [["-X", "GET", "-d", "a", "http://x/"], /a GET request cannot have a body$/],
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
    assertNotMatch(json.output, CONTROL);
    const [comment, event] = json.output.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(comment.comment, HOSTILE);
    assertEquals([event.type, event.lastEventId, event.data], [
      HOSTILE,
      HOSTILE,
      `${HOSTILE}\n\t${HOSTILE}`,
    ]);

    const refused = await script({ headers: { "Content-Type": "x\x1B[31m" } });
    const { errors } = await command.run(["-v", refused.url]);
    assertNotMatch(errors, CONTROL);
    assert(errors.includes("eventsource: "));
  });

  on("--raw is the data as it came", async () => {
    const server = await script(ending(`data: ${HOSTILE}\n\ndata: a\ndata:\ndata: b\n\n`));
    const { output } = await command.run(["--raw", "--no-reconnect", server.url]);
    assertEquals(output, `${HOSTILE}\na\n\nb\n`);
  });

  on("--json is an object a line, with comments in their places", async () => {
    const server = await script({
      steps: [
        { write: ": first\n\nid: 1\ndata: a\ndata: b\n\n: second\n\nevent: x\ndata: [1]\n\n" },
        { wait: 500 },
        { write: "data: c\n\n: third\n\nevent: x\ndata: d\n\n: fourth\n\ndata: e\n\n" },
        "end",
      ],
    });
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
      { type: "message", data: "c", lastEventId: "1", origin },
      { comment: "third" },
      { type: "x", data: "d", lastEventId: "1", origin },
      { comment: "fourth" },
      { type: "message", data: "e", lastEventId: "1", origin },
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

  on("--pretty leaves JSON of megabytes as it is", async () => {
    const server = await script({
      steps: [
        { write: `data: ["` },
        ...Array.from({ length: 2 }, () => ({ write: "x".repeat(1_000_000) })),
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
      `data: {no\n\ndata: [1]x\n\n`,
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
message {no
message [1]x
`,
    );
  });

  on("--pretty indents deep JSON no further than 32 levels", async () => {
    const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
    const server = await script(ending(`data: ${deep}\n\n`));
    const { code, output } = await command.run(["--pretty", "--no-reconnect", server.url]);
    assertEquals(code, 0);
    assert(output.length < 10_000_000, `${output.length} characters`);
    assertEquals(output.slice(output.indexOf("\n")).replaceAll(/\s/g, ""), deep);
  });

  on("colours by FORCE_COLOR, and none for pipes", async () => {
    const server = await script(
      ending('id: 1\ndata: a\n\ndata: {"b": ["c\u009B", 1e3, null]}\n\n'),
    );
    const args = ["--no-reconnect", server.url];
    const forced = await command.run(args, { env: { FORCE_COLOR: "1" } });
    const id = "\x1B[33mid=1\x1B[39m";
    assert(forced.output.includes(`${MESSAGE} ${id} a\n`), forced.output);
    const json = '{\x1B[34m"b"\x1B[39m: [\x1B[32m"c\\u009b"\x1B[39m, \x1B[33m1e3\x1B[39m, ' +
      "\x1B[33mnull\x1B[39m]}";
    assert(forced.output.endsWith(`${MESSAGE} ${id} ${json}\n`), forced.output);
    const plain = await command.run(args, { env: { NO_COLOR: "", FORCE_COLOR: "0" } });
    assert(!plain.output.includes("\x1B"));
  });

  on(
    "on a terminal there are colours, unless NO_COLOR says no, and short JSON is spread",
    async () => {
      const long = JSON.stringify(["x".repeat(5000)]);
      const server = await script(ending(`data: a\n\ndata: {"b":1}\n\ndata: ${long}\n\n`));
      const args = ["--no-reconnect", server.url];
      const shown = await command.onTerminal(args, {});
      assert(shown.includes(`${MESSAGE} a\r\n`), shown);
      const plain = (await command.onTerminal(args, { NO_COLOR: "1" })).replaceAll("\r", "");
      assertEquals(
        plain.replaceAll(TIME, ""),
        `message a\nmessage\n  {\n    "b": 1\n  }\nmessage ${long}\n`,
      );
    },
    hasScript ? undefined : "there is no script of util-linux",
  );

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

  on(
    "-H @FILE sends the fields of a file, which keeps them out of the list of processes",
    async () => {
      const file = await Deno.makeTempFile();
      const server = await script(ending("data: a\n\n"));
      const run = async (text: string) => {
        await Deno.writeTextFile(file, text);
        return await command.run(["-v", "--no-reconnect", "-H", `@${file}`, server.url], {
          permissions: ["-R"],
        });
      };
      const { code, errors } = await run("Authorization: Bearer s3cret\r\n\nX-Pass:s3cret2\n");
      assertEquals(code, 0, errors);
      assertNotMatch(errors, /s3cret/);
      const [request] = await server.requests(1);
      const { authorization, "x-pass": pass } = request?.headers ?? {};
      assertEquals([authorization, pass], ["Bearer s3cret", "s3cret2"]);
      const cases = [
        ["Authorization: a\n\ns3cret\n", `a header has no colon (line 3 of ${file}): write it as`],
        ...["s3cret\u20AC", "s3cret\u0001"].map((value) =>
          [
            `Authorization: ${value}`,
            `Authorization holds a character that no header can carry (line 1 of ${file})`,
          ] as const
        ),
      ] as const;
      for (const [wrong, error] of cases) {
        const refused = await run(wrong);
        assertEquals(refused.code, 2);
        assert(refused.errors.startsWith(`eventsource: --header: ${error}`), refused.errors);
        assertNotMatch(refused.errors, /s3cret/);
      }
      await Deno.remove(file);
      assertEquals((await run("")).code, 0);
      await Deno.remove(file);
      const missing = await command.run(["-H", `@${file}`, server.url], { permissions: ["-R"] });
      assertEquals(missing.code, 2);
      assertMatch(missing.errors, /^eventsource: --header: .*(ENOENT|No such file)/);
    },
  );

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
      /^(eventsource: --data: .*\n)?$/,
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

  on("--max-retries bounds consecutive retries", async () => {
    const server = await script(ending("retry: 1\n\n"));
    const { code, errors } = await command.run(["--max-retries", "2", server.url]);
    assertEquals([code, await server.count()], [1, 3]);
    assertMatch(
      errors,
      /^eventsource: .* ended; gave up after 3 consecutive attempts: --max-retries allows m/,
    );
    const refusing = await script(ending("retry: 1\n\n"), { status: 500, steps: ["end"] });
    const refused = await command.run(["--max-retries", "9", refusing.url]);
    assertEquals([refused.code, await refusing.count()], [1, 2]);
    assertMatch(refused.errors, /status 500, not 200\n$/);
  });

  on("a first connection that fails ends it, unless --retry-connect says no", async () => {
    for (
      const url of [config.refused, `https://${proxies.control}/`, tls.urls.unknownCa]
    ) {
      const { code, output, errors } = await command.run(["--timeout=10", url]);
      assertEquals([code, output], [1, ""]);
      assertMatch(errors, /^eventsource: Cannot connect to [^\n]*--retry-connect keeps trying\n$/);
    }
    const running = await command.start(["--retry-connect", config.refused]);
    await delay(1500);
    running.signal("SIGINT");
    const { code, errors } = await running.outcome();
    assertEquals(code, 0);
    assertMatch(errors, /^eventsource: Cannot connect to .*; trying again in [34]\.\d s\n$/);
    const bounded = await command.run(["--retry-connect", "--max-retries=0", config.refused]);
    assertEquals(bounded.code, 1);
    assertNotMatch(bounded.errors, /gave up|retry-connect/);
    // Never retried: it may be an order.
    const posted = await command.run(["-d", "a", config.refused]);
    assertEquals(posted.code, 1);
    assertNotMatch(posted.errors, /gave up|retry-connect/);
  });

  on("once it has been open, a failure is told and retried", async () => {
    const server = await script(
      { steps: [{ write: "retry: 10\ndata: a\n\n" }, { wait: 200 }, "reset"] },
      streaming("data: b\n\n"),
    );
    const { code, output, errors } = await command.run(["--raw", "--count", "2", server.url]);
    assertEquals([code, output], [0, "a\nb\n"]);
    assertMatch(
      errors,
      /^eventsource: .* broke off: .*; trying again in 0\.[12] s\n$/,
    );
  });

  on("a URL without a scheme is http: for localhost and addresses, which -v says", async () => {
    const server = await script(ending("data: a\n\n"));
    const bare = server.url.replace("http://", "");
    const { code, output, errors } = await command.run(["--raw", "-v", "--no-reconnect", bare]);
    assertEquals([code, output], [0, "a\n"], errors);
    assertEquals(errors.split("\n")[0], `> GET ${server.url}`);
    const quiet = await command.run(["--raw", "--no-reconnect", `us3r:s3cret@${bare}`]);
    assertEquals([quiet.code, quiet.output, quiet.errors], [0, "a\n", ""]);
    const { port } = new URL(config.refused);
    for (
      const [given, tried] of [
        [`localhost:${port}/x`, "http://localhost"],
        [`[::1]:${port}`, "http://[::1]"],
        // Not a name that is looked up.
        [`0x7f.1:${port}`, "https://127.0.0.1"],
      ]
    ) {
      const { code, errors } = await command.run([given!]);
      assertEquals(code, 1);
      assert(errors.includes(`Cannot connect to ${tried}`), errors);
    }
  });

  on("--timeout ends the run as a failure", async () => {
    const server = await script(streaming("data: a\n\n"));
    const { code, output, errors } = await command.run(["--raw", "--timeout", "0.8", server.url]);
    assertEquals([code, output], [1, "a\n"]);
    assertEquals(
      errors,
      "eventsource: --timeout: 0.8 s are over\n",
    );
  });

  on("--idle-timeout ends a silence", async () => {
    const server = await script(streaming("retry: 1\n\n: a\n\n"), streaming("data: b\n\n"));
    const { code, output, errors } = await command.run(
      ["--raw", "--idle-timeout", "0.3", "--count", "1", server.url],
    );
    assertEquals([code, output], [0, "b\n"]);
    assertMatch(errors, /nothing for 300 ms; trying again in 0\.[12] s\n$/);
  });

  on("a server that has no more ends it", async () => {
    const server = await script(ending("retry: 1\ndata: a\n\n"), { status: 204 });
    const { code, output, errors } = await command.run(["--raw", server.url]);
    assertEquals([code, output, errors], [0, "a\n", ""]);
  });

  on("a refusal is shown with what to do, and the beginning of its body", async () => {
    const give = /answered with status 401, not 200: give credentials with -H 'Authorization/;
    const text = `${'{"error":"no such key"}'}\r\n\x1B[31msecond\n\n${"x".repeat(5000)}`;
    const shown = [{ write: text }];
    const none = ["end" as const];
    const cases = [
      // What does not end is not waited for for long.
      [{ status: 401 }, [], give],
      [{ status: 401, steps: shown }, ["-H", "Accept-Language: en"], give],
      [{ status: 401, steps: none }, ["-H", "authorization: s3cret"], /status 401, not 200$/],
      [{ status: 401, steps: none }, ["-H", "X-Api-Key: s3cret"], /status 401, not 200$/],
      [{ status: 403, steps: shown }, ["--cookie", "a=s3cret"], /status 403, not 200$/],
      [{ status: 503, steps: [...shown, ...none] }, [], /status 503, not 200$/],
      [
        { headers: { "Content-Type": "text/html" }, steps: shown },
        [],
        /content-type "text\/html", not text\/event-stream$/,
      ],
    ] as const;
    for (const [answer, args, expected] of cases) {
      const server = await script(answer);
      const { code, output, errors } = await command.run([...args, server.url]);
      const [line = "", ...body] = errors.trimEnd().split("\n");
      assertEquals([code, output], [1, ""], errors);
      assertMatch(line, expected);
      assertNotMatch(errors, /s3cret/);
      if (!("steps" in answer) || answer.steps[0] === "end") assertEquals(body, []);
      else {
        assertEquals(body.slice(0, 2), ['  {"error":"no such key"}', "  \\u001b[31msecond"]);
        assertMatch(body.slice(2).join("\n"), /^ {2}x+\.\.\.$/);
        assert(body.join("").length < 1100);
      }
    }
    const url = (await script({ status: 401, steps: ["end"] })).url.replace(
      "http://",
      "http://us3r:s3cret@",
    );
    assertNotMatch((await command.run([url])).errors, /give credentials|us3r|s3cret/);
  });

  on("what a URL says is not taken for what a runtime says", async () => {
    const { origin } = new URL(config.refused);
    const path = "certificates/self-signed/proxy/ENOTFOUND/ECONNRESET/socket%20hang%20up";
    const { code, errors } = await command.run([`${origin}/${path}/events`]);
    assertEquals(code, 1);
    assertNotMatch(errors, /--cacert|--insecure|--proxy|https:/);
  });

  on("--insecure is for the origin of the URL", async () => {
    const lenient = await script({ status: 307, headers: { Location: tls.urls.unknownCa } });
    const { code, errors } = await command.run(["--insecure", lenient.url], { permissions: NODE });
    assertEquals(code, 1);
    assertMatch(
      errors,
      /: --insecure is for the origin of the URL: give the one that it redirects/,
    );
  });

  on("-v shows requests and responses, and no secret", async () => {
    const target = await script({
      status: 403,
      headers: {
        "Set-Cookie": "s3cret",
        "X-Auth-Token": "s3cret",
        "X-Shown": "yes",
        "Content-Location": "/a?q=s3cret",
        Refresh: "5; url=/b?q=s3cret",
        Link: '<https://us3r@x.example/c?q="s3cret>; rel="next", </d#s3cret>; anchor="/e?s3cret"',
      },
      steps: [{ write: '{"error":"no such key"}\n' }],
    });
    const url = target.url.replace("http://", "http://us3r:s3cret@");
    const names = ["Authorization", "X-Api-Key", "X-Pass", "X-Otp", "X-Bearer", "X-Anything"];
    const { code, output, errors } = await command.run([
      ...["-v", "--cookie", "a=s3cret", "--last-event-id", "\u20AC", `${url}?q=s3cret`],
      ...[...names, "Proxy-Authorization", "Referer"].flatMap((name) => ["-H", `${name}: s3cret`]),
      ...["-H", "User-Agent: mine/1", "-H", "Accept-Language: en"],
    ]);
    assertEquals([code, output], [1, ""]);
    assertNotMatch(errors, /s3cret|us3r/);
    assertMatch(errors, /^> GET http:\S+\/script\/\d+\?\.\.\.$/m);
    const lines = errors.split("\n");
    for (
      const line of [
        ...[...names, "Cookie"].map((name) => `> ${name}: (hidden)`),
        "> User-Agent: mine/1",
        "> Accept-Language: en",
        "> Last-Event-ID: \u20AC",
        "< 403",
        "< x-shown: yes",
        "< set-cookie: (hidden)",
        "< x-auth-token: (hidden)",
        "< content-location: /a",
        "< refresh: 5; url=/b",
        '  {"error":"no such key"}',
      ]
    ) {
      assert(lines.includes(line), `${line} is missing in:\n${errors}`);
    }
    const opened = await script({
      headers: { "X-Shown": "yes", "Content-Type": "text/event-stream" },
    });
    const server = await script({
      status: 307,
      headers: { Location: `${opened.url}?q=s3cret` },
      steps: ["end"],
    });
    const followed = await command.run(["-v", "--timeout=1", server.url]);
    assertMatch(
      followed.errors,
      /^\* redirected to http:\S+\/script\/\d+\n< 200$[^]*^< x-shown: yes$/m,
    );
    assertNotMatch(followed.errors, /s3cret/);
  });

  on("-v reports reconnections", async () => {
    const server = await script(ending("retry: 1\ndata: a\n\n"), streaming("data: b\n\n"));
    const { errors } = await command.run(["-v", "--count", "2", server.url]);
    assertMatch(errors, /ended; trying again in 0\.[12] s$/m);
  });

  on("wrong usage exits with 2, and names what is wrong", async () => {
    for (const [args, expected] of WRONG) {
      const { code, output, errors } = await command.run(args);
      assertEquals([code, output], [2, ""], `${args}: ${errors}`);
      assertMatch(errors.replace(/\n$/, ""), expected);
      assertNotMatch(errors, /s3cret|us3r/);
    }
    const missing = await command.run(["--cacert", "/no/such.pem", "http://x/"], {
      permissions: FILES,
    });
    assertEquals(missing.code, 2);
    assertMatch(missing.errors, /^eventsource: --cacert: .*\/no\/such\.pem/);
  });

  on("--save-id without a file that can be kept asks the server nothing", async () => {
    const folder = await Deno.makeTempDir();
    const pipe = `${folder}/pipe`;
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    await Deno.writeTextFile(`${folder}/real`, "6\n");
    await Deno.symlink("real", `${folder}/link`);
    await Deno.symlink("nowhere", `${folder}/dangling`);
    const server = await script(ending("id: 7\ndata: a\n\n"));
    const cases = [
      ["/no/such/id", /^eventsource: --save-id: .*['"]\/no\/such\/id['"]/],
      ...[folder, pipe, `${folder}/link`, `${folder}/dangling`].map((file) =>
        [file, /^eventsource: --save-id: \S+ is not a regular file$/] as const
      ),
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
    assertEquals(await Deno.readTextFile(`${folder}/real`), "6\n");
    assertEquals(namesIn(folder), ["dangling", "link", "pipe", "real"]);
    await Deno.remove(folder, { recursive: true });
  });

  on("--save-id keeps the mode of its file, and leaves no other file behind", async () => {
    const folder = await Deno.makeTempDir();
    await Deno.writeTextFile(`${folder}/id`, "6\n");
    await Deno.chmod(`${folder}/id`, 0o640);
    const server = await script(ending("id: 7\ndata: a\n\n"));
    const { code, errors } = await command.run(
      ["--save-id", `${folder}/id`, "--no-reconnect", server.url],
      { permissions: FILES },
    );
    assertEquals([code, errors], [0, ""]);
    assertEquals((await server.requests(1))[0]?.headers["last-event-id"], "6");
    assertEquals(await Deno.readTextFile(`${folder}/id`), "7\n");
    assertEquals((await Deno.stat(`${folder}/id`)).mode! & 0o777, 0o640);
    assertEquals(namesIn(folder), ["id"]);
    await Deno.remove(folder, { recursive: true });
  });

  on("--save-id of several runs at the same time", async () => {
    const folder = await Deno.makeTempDir();
    const ids = Array.from({ length: 200 }, (_, index) => `id: ${index}\ndata: a\n\n`);
    const server = await script({
      steps: [...ids.flatMap((write) => [{ write }, { wait: 1 }]), "end"],
    });
    const args = ["--raw", "--save-id", `${folder}/id`, "--no-reconnect", server.url];
    const outcomes = await Promise.all(
      [1, 2, 3].map(() => command.run(args, { permissions: FILES })),
    );
    for (const { code, output, errors } of outcomes) {
      assertEquals([code, output, errors], [0, "a\n".repeat(200), ""]);
    }
    assertEquals(namesIn(folder), ["id"]);
    assertEquals(await Deno.readTextFile(`${folder}/id`), "199\n");
    await Deno.remove(folder, { recursive: true });
  });

  on("--save-id refuses an id of more than 64 KiB", async () => {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/id`;
    const long = "\u20AC".repeat(22_000);
    const server = await script(
      ending(`id: 1\ndata: a\n\nid: ${long}\ndata: b\n\nid: 2\ndata: c\n\n`),
    );
    const args = ["--raw", "--save-id", file, "--no-reconnect", server.url];
    const sent = await command.run(args, { permissions: FILES });
    assertEquals([sent.code, sent.output], [1, "a\nb\n"]);
    assertEquals(sent.errors, "eventsource: --save-id: the id is longer than 64 KiB\n");
    assertEquals(await Deno.readTextFile(file), "1\n");
    await Deno.writeTextFile(file, `${long}\n`);
    const found = await command.run(args, { permissions: FILES });
    assertEquals([found.code, found.output], [2, ""]);
    assertMatch(
      found.errors,
      /^eventsource: --save-id: \S+\/id does not hold an id on one line\n$/,
    );
    assertEquals(namesIn(folder), ["id"]);
    await Deno.remove(folder, { recursive: true });
  });

  on("--save-id leaves its file as it was when an id is refused", async () => {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/id`;
    const server = await script(ending("data: a\n\n"));
    const control = /^eventsource: --last-event-id holds a control character, which no request can/;
    const noId = /^eventsource: --save-id: \S+\/id does not hold an id on one line\n$/;
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

  on("a proxy that refuses is reported, and no credentials are shown", async () => {
    const { url } = await script(ending("data: a\n\n"));
    for (const target of [url, tls.urls.valid]) {
      for (const credentials of ["", "us3r:wr0ng@"]) {
        const proxy = `http://${credentials}${proxies.authenticated}`;
        const { code, errors } = await command.run(["--proxy", proxy, target]);
        assertEquals(code, 1);
        assertMatch(errors, /through the proxy .*: check --proxy, its user and password included/);
        assertNotMatch(errors, /us3r|wr0ng/);
      }
    }
    // What some proxies answer, and what the server might.
    const refusing = await script({ status: 401, steps: ["end"] });
    const proxied = await command.run(["--proxy", `http://${proxies.open}`, refusing.url]);
    assertMatch(
      proxied.errors,
      /status 401, not 200: check the credentials for the server, and those in -/,
    );
  });

  on("a proxy whose certificate is not trusted", async () => {
    const { code, errors } = await command.run(
      ["--proxy", tls.urls.unknownCa, config.server],
      runtime === "deno" ? {} : { permissions: NODE },
    );
    assertEquals(code, 1);
    if (runtime === "deno") assertMatch(errors, /UnknownIssuer.*: check --proxy/);
    else {assertMatch(
        errors,
        /--cacert FILE, or use --insecure; for the proxy's, set NODE_EXTRA_CA_C/,
      );}
  });

  on("--insecure and --cacert say whom to trust, and nobody else is trusted", async () => {
    const url = tls.urls.unknownCa;
    const args = ["--raw", "--count", "1", "--timeout", "10"];
    const refused = await command.run([...args, url]);
    assertEquals([refused.code, refused.output], [1, ""]);
    assertMatch(refused.errors, /^eventsource: Cannot connect to https:.*\n$/);

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
    if (runtime !== "deno") {
      assertMatch(
        other.errors,
        /: \S+ does not hold its CA; --insecure does without; --retry-connec/,
      );
    }

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

  on("--cacert with a server's own certificate, which is a CA's", async () => {
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, tls.selfSigned);
    const run = (...more: string[]) =>
      command.run(["--raw", "--count=1", "--timeout=10", ...more, tls.urls.selfSigned], {
        permissions: ["-R"],
      });
    assertEquals((await run()).code, 1);
    const trusted = await run("--cacert", file);
    if (runtime === "deno") {
      assertEquals(trusted.code, 1);
      assertMatch(trusted.errors, /CaUsedAsEndEntity/);
    } else {
      assertEquals([trusted.code, trusted.output, trusted.errors], [0, "secure\n", ""]);
    }
    await Deno.remove(file);
  });

  on("a server that speaks TLS, asked without", async () => {
    for (const answer of [new Uint8Array([21, 3, 1, 0, 2, 2, 70]), new Uint8Array()]) {
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
      const { code, errors } = await command.run(["--timeout=8", url], { permissions: NODE });
      listener.close();
      await serving;
      assertEquals([code, connections], [1, 1], errors);
      assertMatch(
        errors,
        /: if the server speaks TLS, give the URL with https:; --retry-connect ke/,
      );
    }
  });

  on("--cacert without a good certificate trusts nobody", async () => {
    const file = await Deno.makeTempFile();
    const run = async (text: string) => {
      await Deno.writeTextFile(file, text);
      return await command.run(["--timeout=5", "--cacert", file, tls.urls.valid], {
        permissions: ["-R"],
      });
    };
    for (const text of ["", tls.client.key]) {
      const { code, output, errors } = await run(text);
      assertEquals([code, output], [2, ""]);
      assertEquals(errors, `eventsource: --cacert: ${file} holds no certificate in PEM\n`);
    }
    for (const text of ["nonsense", "AAAA"]) {
      const block = `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
      const { code, output, errors } = await run(block);
      assert(code === 1 || code === 2, String(code));
      assertEquals(output, "");
      assertMatch(errors, /^eventsource: .*\n$/);
    }
    await Deno.remove(file);
  });

  on("of TLS that fails it says why, and what to do, at the first attempt", async () => {
    const trust = /: trust its CA with --cacert FILE, or use --insecure; --retry-connect keeps/;
    const cases = [
      // Deno's node:tls has the same code for both.
      ["expired", runtime === "deno" ? trust : /: check the clock, or use --insecure; --retry-c/],
      ["wrongName", /: check the host, or use --insecure; --retry-connect keeps/],
      ["unknownCa", trust],
      ["selfSigned", trust],
      [
        "clientCertificate",
        /: this command cannot send a client certificate; --retry-connect keep/,
      ],
    ] as const;
    const options = { permissions: NODE };
    for (const [name, expected] of cases) {
      const { code, errors } = await command.run(["--timeout=5", tls.urls[name]], options);
      assertEquals(code, 1);
      assertMatch(errors, /^[^\n]*\n$/);
      assertMatch(errors, expected);
    }
    const plain = await command.run(["--timeout=5", `https://${proxies.control}/`], options);
    assertEquals(plain.code, 1);
    assertMatch(plain.errors, /does not speak TLS[^\n]*: use http: in its URL: --retry/);
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
      // The stream may have ended, and the command with it.
      running.kill();
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
    assert(namesIn(folder).includes("id"));
    await Deno.remove(folder, { recursive: true });
  });

  on("--comments that nobody reads are bounded in bytes, and counted", async () => {
    const comment = `:${"x".repeat(100_000)}\n`;
    const steps = Array.from({ length: 60 }, () => ({ write: comment }));
    const server = await script({ steps: [...steps, { write: "data: a\n\n" }, "end"] });
    const running = await command.start(["--comments", "--no-reconnect", server.url]);
    await delay(3000);
    const { code, output, errors } = await running.outcome();
    const lines = output.trimEnd().split("\n");
    assertEquals(code, 0);
    assert(lines.at(-1)?.endsWith("message a"));
    const [, dropped] = /^eventsource: (\d+) comments were left out: output too slow\n$/
      .exec(errors) ?? [];
    assertEquals(Number(dropped) + lines.length - 1, 60, errors);
    assert(Number(dropped) >= 30, errors);
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
    running.signal("SIGKILL");
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
      /^\* --last-event-id is not used: \S+\/id holds an id$/m,
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
      running.signal(signal);
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
    running.signal("SIGINT");
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
    assertMatch(errors, /^eventsource: cannot write the output: .*\n$/);
  }, Deno.build.os === "linux" ? undefined : "there is no /dev/full");

  on("--help fits a screen, and --version is the package's", async () => {
    const help = await command.run(["--json", "--help"]);
    assertEquals([help.code, help.errors], [0, ""]);
    const lines = help.output.split("\n");
    for (const name of ["--header", "-k, --insecure", "--retry-connect", "--version"]) {
      assert(help.output.includes(name));
    }
    assert(lines.length <= 24, `${lines.length} lines`);
    assertEquals(lines.filter((line) => line.length > 79), []);
    assertEquals(await command.run(["--version"]), {
      code: 0,
      output: `${version}\n`,
      errors: "",
    });
  });
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** On whichever of the two a test is run. */
function both(reason: string): Record<string, string> {
  return { host: reason, package: reason };
}
