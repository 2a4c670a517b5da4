/**
 * The package in Jest, whose `require()` takes no ES module: as it comes, without flags.
 */

import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { FOLLOW, withFeed } from "./feed.ts";
import { createProject } from "./project.ts";
import { folderOf, nodes } from "./tools.ts";

const project = await createProject();
// As `npm init` has it: CommonJS.
project.write("package.json", "{}");
project.write(
  "follow.test.js",
  `const { EventSource, EventSourceParserStream } = require("@x/eventsource");
const parser = require("@x/eventsource/parser");
${FOLLOW}
test("reads a stream through an injected fetch", async () => {
  const type = { "Content-Type": "text/event-stream" };
  const fetch = async () => new Response("id: 1\\ndata: a\\n\\ndata: b\\n\\n", { headers: type });
  const seen = [];
  for await (const event of new EventSource("https://example.com/", { fetch })) {
    seen.push([event.data, event.lastEventId]);
    if (seen.length === 2) break;
  }
  expect(seen).toEqual([["a", "1"], ["b", "1"]]);
});

test("reads a stream of a server", async () => {
  expect(await follow(feed)).toBe("secret");
});

test("has one copy of each class", () => {
  expect(parser.EventSourceParserStream).toBe(EventSourceParserStream);
  for (const subpath of ["node", "browser"]) {
    const entry = require("@x/eventsource/" + subpath);
    expect(entry.EventSourceParserStream).toBe(EventSourceParserStream);
  }
});

test("is polyfilled", () => {
  require("@x/eventsource/polyfill");
  expect(typeof EventSourcePolyfill.fromReadableStream).toBe("function");
});
`,
);

/**
 * What an environment of Jest asks packages for: that for Node.js, for pages, and the Edge Runtime.
 */
const ENVIRONMENTS = { node: ["node", "node-addons"], jsdom: ["browser"], edge: ["edge-light"] };

for (const [name, binary] of nodes) {
  // Jest resolves and loads the package by itself, and without flags in the same way on every
  // version: the oldest, and the one that the other tools run on, suffice.
  if (name !== "node-20" && name !== "node-24" && nodes.length > 1) continue;
  for (const [environment, customExportConditions] of Object.entries(ENVIRONMENTS)) {
    test(`package: in Jest, with the conditions of ${environment} [${name}]`, async () => {
      await withFeed(async (url) => {
        const { code, output, errors } = await project.run([
          ...[binary, `${folderOf("jest")}/bin/jest.js`, "--ci", "--json", "--watchman=false"],
          ...["--globals", JSON.stringify({ feed: url })],
          ...["--testEnvironmentOptions", JSON.stringify({ customExportConditions })],
        ]);
        assertEquals(code, 0, errors);
        assertEquals(JSON.parse(output).numPassedTests, 4, errors);
      });
    });
  }
}
