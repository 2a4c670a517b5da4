/**
 * The examples that Deno runs, from a checkout; and that every example has a test.
 */

import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../../scripts/npm/config.ts";
import { commandOf, EXAMPLES, fill, Program } from "../examples/program.ts";
import { STORIES } from "../examples/stories.ts";
import { test } from "../harness.ts";

/** Examples that need a page or a Worker: where they are tested. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  "browser.html": "tests/browser/example_test.ts",
  "browser.ts": "tests/browser/example_test.ts",
  "browser/page.css": "tests/browser/example_test.ts",
  "browser/page.js": "tests/browser/example_test.ts",
  "browser/shared/": "tests/browser/shared_test.ts",
  "worker/": "tests/worker/feed_test.ts",
};

for (const [example, story] of Object.entries(STORIES)) {
  if (commandOf(example)[0] !== "deno") continue;
  test(`examples: ${example}, as its first line says to run it`, () =>
    story((name, args = {}, { more = [], env = {} } = {}) => {
      const [, ...words] = fill(commandOf(name), args);
      return new Program([Deno.execPath(), ...words, ...more], ROOT, env);
    }));
}

test("examples: each is tested, and listed in the folder's README.md", async () => {
  const table = await Deno.readTextFile(new URL("README.md", EXAMPLES));
  const entries = [...list("")].filter((entry) => entry !== "README.md").sort();
  for (const entry of entries) {
    const place = ELSEWHERE[entry];
    if (place !== undefined) {
      assert((await Deno.stat(new URL(place, ROOT))).isFile);
    } else {
      assert(entry in STORIES, `examples/${entry} has no test`);
      assert(table.includes(`](${entry})`), `examples/README.md does not list ${entry}`);
    }
  }
  const missing = Object.keys(STORIES).filter((name) => !entries.includes(name));
  assertEquals(missing, []);
});

test("examples: what those for Bun and Node.js need in a clone is said", async () => {
  const table = await Deno.readTextFile(new URL("README.md", EXAMPLES));
  for (const example of Object.keys(STORIES)) {
    if (commandOf(example)[0] === "deno") continue;
    const [, second = ""] = (await Deno.readTextFile(new URL(example, EXAMPLES))).split("\n");
    const [, ...commands] = second.split(/ first: | && /);
    assertEquals(commands.length, 2, `${example}: ${second}`);
    assert(table.includes(`\`\`\`sh\n${commands.join("\n")}\n\`\`\`\n`), example);
  }
});

test("examples: without a URL, they follow the server that the folder's README.md starts", async () => {
  const table = await Deno.readTextFile(new URL("README.md", EXAMPLES));
  const [, port] = /^deno run --allow-net examples\/sse_server\.ts (\d+)$/m.exec(table) ?? [];
  for (const example of Object.keys(STORIES)) {
    if (!commandOf(example).includes("[url]")) continue;
    const text = await Deno.readTextFile(new URL(example, EXAMPLES));
    assert(text.includes(`"http://127.0.0.1:${port}/events"`), example);
    assert(text.includes(`\`examples/sse_server.ts ${port}\``), example);
  }
});

/** The files below the folder; a folder that is tested elsewhere is one entry. */
function* list(folder: string): Iterable<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(`./${folder}`, EXAMPLES))) {
    const entry = `${folder}${name}`;
    if (!isDirectory) yield entry;
    else if (`${entry}/` in ELSEWHERE) yield `${entry}/`;
    else yield* list(`${entry}/`);
  }
}
