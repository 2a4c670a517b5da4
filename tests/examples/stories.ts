/**
 * What each example must do, wherever it runs.
 *
 * @module
 */

import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { type Server, type ServerOptions, startServer } from "../../examples/sse_server.ts";
import { config, delay } from "../harness.ts";
import { type Answer, ending, script, streaming } from "../scripted.ts";
import type { Launch, Outcome } from "./program.ts";

const { proxies, tls } = config;

/** The examples that a Deno, a Bun and a Node.js that takes TypeScript run alike. */
export const PORTABLE: readonly string[] = [
  "abort_signal.ts",
  "custom_fetch.ts",
  "durable_cursor.ts",
  "proxy.ts",
  "own_ca.ts",
  "kept_connection.ts",
];

/** By the example's path. */
export const STORIES: Readonly<Record<string, (launch: Launch) => Promise<void>>> = {
  "sse_server.ts": async (launch) => {
    const server = launch("sse_server.ts");
    try {
      const [url] = await server.printed(/http:\S+/);
      const client = launch("sse_client.ts", { url }, { more: ["--count", "4"] });
      const { output, errors, code } = await client.outcome;
      assertEquals([errors, code], ["", 0], output);
      assertMatch(output, /^open +status 200 from http:/);
      assertConsecutive(idsOf(output, /^(?:message|wind) +(\d+) /gm), 4);
      assertMatch(output, /^wind +\d+ {2}\{"at":.+\}$/m);
      assertMatch(output, /^closed +after 4 events\n$/m);
    } finally {
      server.kill("SIGTERM");
      await server.outcome;
    }
    const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const cases = [
      [
        String(taken.addr.port),
        1,
        /^Cannot listen at port \d+: .*in use.*\. Name another port\.\n$/,
      ],
      ["eight", 2, /^A port is a number from 0 to 65535, and not "eight"\n$/],
      ["65536", 2, /^A port is a number from 0 to 65535, and not "65536"\n$/],
    ] as const;
    for (const [port, exitCode, expected] of cases) {
      const { output, errors, code } = await launch("sse_server.ts", { port }).outcome;
      assertEquals([output, code], ["", exitCode], errors);
      assertMatch(errors, expected);
    }
    taken.close();
  },

  "sse_client.ts": async (launch) => {
    const { url } = await script({ status: 404, steps: ["end"] });
    const { output, code } = await launch("sse_client.ts", { url }).outcome;
    assertEquals(code, 1);
    assertMatch(output, /^error +status: .+ answered with status 404/);
  },

  "deno.ts": async (launch) => {
    await withWeather(async (url) => {
      const { output, errors, code } = await launch("deno.ts", { url }).outcome;
      assertEquals([errors, code], ["", 0], output);
      assertConsecutive(idsOf(output, /^(?:message|wind) (\d+) \{"at"/gm), 5);
    });
    const server = await script(
      ending("retry: 10\nid: 1\ndata: a\n\n"),
      streaming("event: wind\nid: 2\ndata: b\n\ndata: c\n\ndata: d\n\ndata: e\n\n"),
    );
    const { output, errors, code } = await launch("deno.ts", { url: server.url }).outcome;
    const lines = ["message 1 a", "wind 2 b", "message 2 c", "message 2 d", "message 2 e"];
    assertEquals([output, code], [lines.join("\n") + "\n", 0], errors);
    assertMatch(errors, /^.+; trying again in 0 s\n$/);
    const [, second] = await server.requests(2);
    assertEquals(second?.headers["last-event-id"], "1");
    await assertRefusal(launch, "deno.ts");
  },

  "bun.ts": async (launch) => {
    await withWeather(async (url) => {
      const { output, errors, code } = await launch("bun.ts", { url }).outcome;
      assertEquals([errors, code], ["", 0], output);
      assert(output.startsWith(`connected to ${url}\n`), output);
      assertConsecutive(idsOf(output, /^(?:message|wind) (\d+) \{"at"/gm), 5);
    });
    await assertRefusal(launch, "bun.ts");
  },

  "node/esm.mjs": async (launch) => {
    const server = await script(streaming("id: 1\ndata: a\n\n", "data: b\n\n".repeat(5)));
    const env = { FEED_TOKEN: "s3cret" };
    const { output, errors, code } = await launch("node/esm.mjs", { url: server.url }, { env })
      .outcome;
    assertEquals([output, errors, code], ["1 a\n1 b\n1 b\n1 b\n1 b\n", "", 0]);
    const [request] = await server.requests(1);
    assertEquals(request?.headers["authorization"], "Bearer s3cret");

    const { url } = await script({ status: 401 });
    const refused = await launch("node/esm.mjs", { url }).outcome;
    assertEquals(
      [refused.errors, refused.code],
      ["the feed does not take this token: set FEED_TOKEN\n", 1],
    );
    await assertRefusal(launch, "node/esm.mjs");
  },

  "node/commonjs.cjs": async (launch) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      const server = await script(streaming("id: 7\nevent: wind\ndata: a\n\n"));
      const program = launch("node/commonjs.cjs", { url: server.url });
      await program.printed(/^wind 7 a\n/);
      program.kill(signal);
      const { output, errors, code } = await program.outcome;
      const expected = `wind 7 a\nclosed by ${signal} after event 7\n`;
      assertEquals([output, errors, code], [expected, "", 0]);
      await server.closed(1);
    }
    await assertRefusal(launch, "node/commonjs.cjs");
  },

  "node/typescript.mts": async (launch) => {
    await withWeather(async (url) => {
      const { output, errors, code } = await launch("node/typescript.mts", { url }).outcome;
      assertEquals([errors, code], ["", 0], output);
      assertMatch(output, /^(wind: [\d.]+ m\/s\n)+mean temperature: \d+\.\d °C\n$/);
    });
    const temperatures = [10, 11, 12, 13, 19].map((celsius) => `data: {"celsius":${celsius}}\n\n`);
    const mean = await script(
      streaming('event: wind\ndata: {"speed":2.5}\n\n', ...temperatures),
    );
    assertEquals(await launch("node/typescript.mts", { url: mean.url }).outcome, {
      output: "wind: 2.5 m/s\nmean temperature: 13.0 °C\n",
      errors: "",
      code: 0,
    });
    const { url } = await script(streaming('data: {"celsius":"warm"}\n\n'));
    const { errors, code } = await launch("node/typescript.mts", { url }).outcome;
    assertEquals([errors, code], ['celsius is no number in {"celsius":"warm"}\n', 1]);
    await assertRefusal(launch, "node/typescript.mts");
  },

  "proxy.ts": async (launch) => {
    const host = { open: proxies.open, authenticated: `us3r:p%40ss@${proxies.authenticated}` };
    for (const name of ["open", "authenticated"] as const) {
      const { url } = await script(streaming("id: 1\ndata: a\n\n", "data: b\n\ndata: c\n\n"));
      const outcome = await launch("proxy.ts", { proxy: `http://${host[name]}`, url }).outcome;
      assertEquals(outcome, { output: "1 a\n1 b\n1 c\n", errors: "", code: 0 });
      assertEquals(await throughProxy(name, new URL(url).pathname), 1);
    }
    const { url } = await script({ status: 404, steps: ["end"] });
    const proxy = `http://${proxies.failing}`;
    const { output, errors, code } = await launch("proxy.ts", { proxy, url }).outcome;
    assertEquals([output, code], ["", 1], errors);
    assertEquals(await throughProxy("failing", new URL(url).pathname), 1);
    assertMatch(errors, /status 502/);
  },

  "own_ca.ts": async (launch) => {
    const url = tls.urls.unknownCa;
    const file = await Deno.makeTempFile({ suffix: ".pem" });
    try {
      await Deno.writeTextFile(file, tls.unknownCa);
      const trusted = await launch("own_ca.ts", { url, "ca.pem": file }).outcome;
      assertEquals(trusted, { output: "secure\n", errors: "", code: 0 });
      // The CA of another server.
      await Deno.writeTextFile(file, tls.ca);
      const { output, errors, code } = await launch("own_ca.ts", { url, "ca.pem": file })
        .outcome;
      assertEquals([output, code], ["", 1], errors);
      // One line, with what the runtime says of it.
      assertMatch(errors, /^Cannot connect to .*(certificate|issuer).*\n$/i);
    } finally {
      await Deno.remove(file);
    }
  },

  "kept_connection.ts": async (launch) => {
    const file = await Deno.makeTempFile({ suffix: ".pem" });
    try {
      await Deno.writeTextFile(file, tls.ca);
      const url = `${tls.urls.valid}?sockets=${crypto.randomUUID()}`;
      const { output, errors, code } = await launch("kept_connection.ts", { url, "ca.pem": file })
        .outcome;
      // The server counts the connections.
      assertEquals([errors, code], ["", 0], output);
      assertEquals(output, "one 1\ntwo 1\nthree 1\nfour 1\nfive 1\n");
    } finally {
      await Deno.remove(file);
    }
  },

  "abort_signal.ts": async (launch) => {
    const server = await script(streaming("id: 1\ndata: a\n\n"));
    const { output, errors, code } = await launch("abort_signal.ts", { url: server.url }).outcome;
    assertEquals([errors, code], ["", 0], output);
    assertMatch(output, /^1 a\n1 events, then: .*time.*\n$/);
    await server.closed(1);

    const program = launch("abort_signal.ts", { url: server.url });
    await program.printed(/^1 a\n/);
    program.kill("SIGINT");
    assertEquals(await program.outcome, {
      output: "1 a\n1 events, then: interrupted\n",
      errors: "",
      code: 0,
    });
    await server.closed(2);
    await assertRefusal(launch, "abort_signal.ts");
  },

  "custom_fetch.ts": async (launch) => {
    assertEquals(await launch("custom_fetch.ts").outcome, {
      output: "GET /events: 503\nGET /events: 503\nGET /events: 200\none\ntwo\nthree\n",
      errors: "",
      code: 0,
    });
  },

  "durable_cursor.ts": async (launch) => {
    const folder = await Deno.makeTempDir();
    const file = `${folder}/cursor`;
    const handled = ({ output }: Outcome): number[] => idsOf(output, /^(\d+) \{"at"/gm);
    const saved = (): Promise<string> => Deno.readTextFile(file);
    try {
      await withWeather(async (url) => {
        const runs = [await launch("durable_cursor.ts", { file, url }).outcome];
        runs.push(await launch("durable_cursor.ts", { file, url }).outcome);
        for (const { code, errors } of runs) assertEquals([code, errors], [0, ""]);
        const ids = runs.flatMap(handled);
        assertConsecutive(ids, 10);
        assertEquals(await saved(), `${ids.at(-1)}\n`);
        assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["cursor"]);

        const crashing = launch("durable_cursor.ts", { file, url });
        await crashing.printed(/\n.*\n/);
        crashing.kill("SIGKILL");
        const last = handled(await crashing.outcome).at(-1) ?? NaN;
        const cursor = Number(await saved());
        assert(cursor === last || cursor === last - 1, `${cursor} was saved after ${last}`);
        const next = await launch("durable_cursor.ts", { file, url }).outcome;
        assertEquals(next.code, 0, next.errors);
        assertConsecutive([cursor, ...handled(next)], 6);
      });
      // Away for so long that the server has dropped what followed.
      await withWeather(async (url) => {
        await Deno.writeTextFile(file, "1");
        await delay(500);
        const { errors, code } = await launch("durable_cursor.ts", { file, url }).outcome;
        assertEquals([errors, code], ["the events that followed your last one are not kept\n", 0]);
        assertGreater(Number(await saved()), 1);
      }, { kept: 3 });
      // What has been received and not handled is not in the cursor.
      const burst = await script(
        streaming([1, 2, 3, 4, 5, 6, 7].map((id) => `id: ${id}\ndata: a\n\n`).join("")),
      );
      // As the command writes it, as an editor does, and bare.
      for (const [index, end] of ["\n", "\r\n", ""].entries()) {
        await Deno.writeTextFile(file, `é${end}`);
        assertEquals((await launch("durable_cursor.ts", { file, url: burst.url }).outcome).code, 0);
        assertEquals(await saved(), "5\n");
        // As UTF-8, one character a byte.
        const request = (await burst.requests(index + 1))[index];
        assertEquals(request?.headers["last-event-id"], "Ã©");
      }

      await Deno.remove(file);
      await Deno.mkdir(file);
      const { url } = await script(streaming());
      const { code, errors } = await launch("durable_cursor.ts", { file, url }).outcome;
      assert(code !== 0 && errors.includes("EISDIR"), errors);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },

  "llm.ts": async (launch) => {
    const { output, errors, code } = await launch("llm.ts").outcome;
    assertEquals([errors, code], ["", 0], output);
    const [whole, stopped = "", ...rest] = output.trimEnd().split("\n");
    assertMatch(
      whole ?? "",
      /^You asked: "What are server-sent events\?" They are .* something to say\.$/,
    );
    assertEquals(stopped, 'You asked: "Why?" They are ... stopped');
    assertEquals(rest.map((line) => line.replace(/\d+/, "N")), [
      "(the model stopped with N tokens to go)",
      'the API refused: {"error":{"message":"Incorrect API key"}}',
    ]);
  },

  "resume_by_query.ts": async (launch) => {
    const { output, errors, code } = await launch("resume_by_query.ts").outcome;
    assertEquals([errors, code], ["", 0], output);
    const asked = [...output.matchAll(/what follows (\d+)/g)].map(([, since]) => Number(since));
    assertEquals(asked, [0, 3, 6]);
    assertConsecutive(idsOf(output, /^entry (\d+)$/gm), 7);
  },

  "mcp.ts": async (launch) => {
    const { output, errors, code } = await launch("mcp.ts").outcome;
    assertEquals([errors, code], ["", 0], output);
    const progress = (progress: number): string =>
      `notifications/progress {"progressToken":1,"progress":${progress},"total":3}`;
    assertEquals(output.trimEnd().split("\n"), [
      progress(1),
      progress(2),
      "resuming after event 3",
      progress(3),
      'result {"content":[{"type":"text","text":"counted to 3"}]}',
    ]);
    // The requests, as a server of the protocol sees them.
    const json = { "content-type": "application/json", "mcp-session-id": "s" };
    const stream = (text: string) => ({
      ...ending(text),
      headers: { "content-type": "text/event-stream", "mcp-session-id": "s" },
    });
    const server = await script(
      { headers: json, steps: [{ write: '{"jsonrpc":"2.0","id":1,"result":{}}' }, "end"] },
      { status: 202, steps: ["end"] },
      {
        headers: json,
        steps: [{
          write: '{"jsonrpc":"2.0","id":2,"result":{"tools":[{"name":"wait","inputSchema":{' +
            '"properties":{"a":{"type":"number"},"b":{"type":"string"}}}}]}}',
        }, "end"],
      },
      stream("id: é/7\nretry: 10\ndata:\n\n"),
      stream('data: {"jsonrpc":"2.0","id":3,"error":{"code":-32602,"message":"no such tool"}}\n\n'),
      { status: 204, steps: ["end"] },
    );
    const refused = await launch("mcp.ts", { endpoint: server.url }).outcome;
    assertEquals([refused.output, refused.code], ["resuming after event é/7\n", 1]);
    assertMatch(refused.errors, /tools\/call: no such tool/);
    const requests = await server.requests(6);
    assertEquals(
      requests.map(({ method, body }) => [method, body && JSON.parse(body).method]),
      [
        ["POST", "initialize"],
        ["POST", "notifications/initialized"],
        ["POST", "tools/list"],
        ["POST", "tools/call"],
        ["GET", ""],
        ["DELETE", ""],
      ],
    );
    for (const { method, headers } of requests) {
      assertEquals(headers["mcp-protocol-version"], "2025-11-25");
      if (method === "GET") assertEquals(headers["accept"], "text/event-stream");
      if (method === "POST") {
        assertEquals(headers["accept"], "application/json, text/event-stream");
        assertEquals(headers["content-type"], "application/json");
      }
    }
    assertEquals(requests.map(({ headers }) => headers["mcp-session-id"]), [
      undefined,
      ...Array(5).fill("s"),
    ]);
    assertEquals(JSON.parse(requests[3]!.body).params.arguments, { a: 3, b: "word" });
    // As UTF-8, one character a byte.
    assertEquals(requests[4]?.headers["last-event-id"], "Ã©/7");
    // A refusal that says why, and two that do not.
    const why = '{"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"no such version"}}';
    const refusals: readonly (readonly [answer: Answer, errors: RegExp])[] = [
      [
        { status: 400, headers: json, steps: [{ write: why }, "end"] },
        /initialize: no such version/,
      ],
      [{ status: 400, headers: json, steps: [{ write: "{}" }, "end"] }, /answered with status 400/],
      [{ status: 400, steps: ["end"] }, /answered with status 400/],
    ];
    for (const [answer, expected] of refusals) {
      // The session that it may have got is closed.
      const { url } = await script(answer, { status: 204, steps: ["end"] });
      const { errors, code } = await launch("mcp.ts", { endpoint: url }).outcome;
      assertEquals(code, 1);
      assertMatch(errors, expected);
    }
  },
};

/** Follows the example server, which sends an event each 50 ms. */
async function withWeather(
  use: (url: string) => Promise<void>,
  options: ServerOptions = {},
): Promise<void> {
  const server: Server = startServer({ interval: 50, retry: 100, ...options });
  try {
    await use(server.url);
  } finally {
    await server.close();
  }
}

/** An answer that is final ends the program, with a message and exit code 1. */
async function assertRefusal(launch: Launch, example: string): Promise<void> {
  const { url } = await script({ status: 404, steps: ["end"] });
  const { output, errors, code } = await launch(example, { url }).outcome;
  assertEquals([output, code], ["", 1], errors);
  assertMatch(errors, /^.+ answered with status 404.*\n$/);
}

/** How many requests for a path have gone through a proxy. */
async function throughProxy(name: string, path: string): Promise<number> {
  const response = await fetch(`http://${proxies.control}/`);
  const { [name]: seen }: Record<string, { target: string }[]> = await response.json();
  return seen?.filter(({ target }) => target.includes(path)).length ?? 0;
}

function idsOf(output: string, pattern: RegExp): number[] {
  return Array.from(output.matchAll(pattern), ([, id]) => Number(id));
}

function assertConsecutive(ids: readonly number[], count: number): void {
  assertEquals(ids, Array.from({ length: count }, (_, index) => (ids[0] ?? NaN) + index));
}
