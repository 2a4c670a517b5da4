/**
 * The package in the place of a client that a dependency imports, as MIGRATION.md has it: by its
 * name alone, or with a folder in between.
 */

import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { withFeed } from "./feed.ts";
import { createProject } from "./project.ts";
import { nodes, runtimes } from "./tools.ts";

const text = Deno.readTextFileSync(
  new URL("../../MIGRATION.md", import.meta.url),
);
const [, code = ""] = text.match(/```js ignore\n(.*?)```/s) ?? [];
const project = await createProject();
for (const shim of code.trim().split("\n\n")) {
  const lines = shim.split("\n");
  const comment = lines.filter((line) => line.startsWith("//")).map((line) => line.slice(3));
  const [, name, manifest = ""] = comment.join(" ").match(/shims\/(.*?)\/.*?(\{.*\})/) ?? [];
  const folder = `node_modules/${name}`;
  Deno.mkdirSync(new URL(folder, project.folder));
  project.write(`${folder}/package.json`, manifest);
  project.write(
    `${folder}/index.js`,
    lines.filter((line) => !line.startsWith("//")).join("\n"),
  );
}

/** A project in which the packages have become this one, as `overrides` make them. */
const overridden = await createProject();
for (const name of ["eventsource", "eventsource-parser"]) {
  Deno.symlinkSync(
    new URL("node_modules/@x/eventsource", overridden.folder),
    new URL(`node_modules/${name}`, overridden.folder),
  );
}

// As sockjs-client and @microsoft/signalr have it.
project.write(
  "eventsource.cjs",
  `const EventSource = require("eventsource");
const source = new EventSource(process.argv[2], { headers: { "X-Token": "secret" } });
source.onmessage = ({ data }) => {
  console.log(data, EventSource.OPEN, source.readyState);
  source.close();
};
`,
);
// As @ai-sdk/provider-utils and @modelcontextprotocol/sdk have it.
overridden.write(
  "parser.mjs",
  `import { createParser } from "eventsource-parser";
import { EventSourceParserStream } from "eventsource-parser/stream";
createParser({ onEvent: ({ data }) => console.log(data) }).feed("data: a\\n\\n");
const { body } = new Response("event: x\\ndata: b\\n\\n");
const messages = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
for await (const { event, data } of messages) console.log(event, data);
`,
);

overridden.write(
  "eventsource.mjs",
  `import { ErrorEvent, EventSource } from "eventsource";
import { createRequire } from "node:module";
const required = createRequire(import.meta.url)("eventsource");
console.log(required.EventSource === EventSource, required.ErrorEvent === ErrorEvent);
console.log(Symbol.for("eventsource.supports-fetch-override") in EventSource);
const source = new EventSource(process.argv[2], {
  fetch: (url, init) => fetch(url, { ...init, headers: { ...init.headers, "X-Token": "secret" } }),
});
source.onmessage = ({ data }) => {
  console.log(data);
  source.close();
};
source.onerror = (event) => console.log(event instanceof ErrorEvent, event.code, event.message);
`,
);

for (const [name, binary] of [...nodes, ["bun", runtimes.bun] as const]) {
  test(`package: in a dependency's place of eventsource 2.x [${name}]`, () =>
    withFeed(async (url) => {
      const { output, errors } = await project.run([
        binary,
        "eventsource.cjs",
        url,
      ]);
      assertEquals([output, errors], ["secret 1 1\n", ""]);
    }));

  test(`package: in a dependency's place of eventsource 3.x to 5.x [${name}]`, () =>
    withFeed(async (url) => {
      const { output, errors } = await overridden.run([binary, "eventsource.mjs", url]);
      assertEquals([output, errors], ["true true\ntrue\nsecret\n", ""]);
    }));

  test(`package: in a dependency's place of eventsource-parser [${name}]`, async () => {
    const { output, errors } = await overridden.run([binary, "parser.mjs"]);
    assertEquals([output, errors], ["a\nx b\n", ""]);
  });
}
