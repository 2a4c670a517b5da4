import { assert, assertEquals, assertMatch } from "@std/assert";
import { test } from "../harness.ts";

const ROOT = new URL("../../", import.meta.url);

test("demo: one connection is lost, no event is, and it ends by itself", async () => {
  const started = performance.now();
  const { output, errors, code } = await run(["task", "demo"]);
  const seconds = (performance.now() - started) / 1000;
  assertEquals(code, 0, output + errors);
  assert(seconds < 20, `took ${seconds} s`);

  const lost = output.split("\n").filter((line) => line.includes("connection lost"));
  assertEquals(lost.length, 1, output);
  const ids = Array.from(output.matchAll(/^ *(\d+) {2}\d\d:\d\d:\d\d/gm), ([, id]) => Number(id));
  assert(ids.length >= 10, output);
  assertEquals(ids, ids.map((_, index) => index + 1));

  const story = [
    /^ *6 /m,
    /connection lost: .+\n.*reconnecting in \d+ ms\n/,
    /resumed after event 6: nothing lost\n *7 /,
    /^All \d+ events came/m,
  ];
  const places = story.map((chapter) => output.search(chapter));
  assert(!places.includes(-1), output);
  assertEquals(places, places.toSorted((a, b) => a - b));
});

test("examples: the client follows the server, as their first lines say to run them", async () => {
  const server = new Deno.Command(Deno.execPath(), {
    args: await commandOf("sse_server.ts"),
    cwd: ROOT,
    stdout: "piped",
  }).spawn();
  const lines = server.stdout.pipeThrough(new TextDecoderStream());
  try {
    const url = /http:\S+/.exec(await firstChunk(lines))?.[0] ??
      "the server's first line had no URL";

    const args = (await commandOf("sse_client.ts")).map((arg) => arg === "<url>" ? url : arg);
    assert(args.includes(url));
    const { output, errors, code } = await run([...args, "--count", "4"]);
    assertEquals([errors, code], ["", 0], output);
    assertMatch(output, /^open +status 200 from http:/);
    const ids = Array.from(output.matchAll(/^(?:message|wind) +(\d+) /gm), ([, id]) => Number(id));
    assertEquals(ids, [0, 1, 2, 3].map((index) => ids[0]! + index));
    assertMatch(output, /^wind +\d+ {2}\{"at":.+\}$/m);
    assertMatch(output, /^closed +after 4 events\n$/m);

    const rejected = await run(args.with(-1, new URL("/nothing", url).href));
    assertEquals(rejected.code, 1);
    assertMatch(rejected.output, /^error +status: .+\/nothing answered with status 404/);
  } finally {
    server.kill();
    await server.status;
  }
});

/** The arguments of the command in an example's first line. */
async function commandOf(example: string): Promise<string[]> {
  const [line = ""] = (await Deno.readTextFile(new URL(`examples/${example}`, ROOT))).split("\n");
  assertMatch(line, new RegExp(`^// deno run .*examples/${example}`));
  return line.split(" ").slice(2);
}

async function run(
  args: readonly string[],
): Promise<{ output: string; errors: string; code: number }> {
  const { stdout, stderr, code } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    signal: AbortSignal.timeout(30_000),
  }).output();
  const decoder = new TextDecoder();
  return { output: decoder.decode(stdout), errors: decoder.decode(stderr), code };
}

async function firstChunk(stream: ReadableStream<string>): Promise<string> {
  for await (const chunk of stream) return chunk;
  return "";
}

test("examples: the model's answer is streamed up to its end marker", async () => {
  const { output, errors, code } = await run(await commandOf("llm.ts"));
  assertEquals(code, 0, errors);
  assertMatch(
    output,
    /^You asked: "What are server-sent events\?" They are .* something to say\.\n$/,
  );
});
