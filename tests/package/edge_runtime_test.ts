/**
 * The package under the condition "edge-light", in the runtime that it stands for: one without
 * `MessageEvent` and `reportError`.
 */

import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { script } from "../scripted.ts";
import { createProject } from "./project.ts";
import { nodes, runTool } from "./tools.ts";

const project = await createProject();
project.link("@edge-runtime/vm", "@edge-runtime/vm");
const entry = project.write(
  "entry.js",
  `import { EventSource, EventSourceErrorEvent, EventSourceParserStream } from "@x/eventsource";
globalThis.absent = ["MessageEvent", "ErrorEvent", "reportError"]
  .filter((name) => !(name in globalThis));
globalThis.follow = async (url) => {
  const source = new EventSource(url, { headers: { "X-Token": "secret" }, reconnection: false });
  const seen = [];
  source.onopen = ({ status }) => seen.push(["open", status]);
  source.onmessage = (event) =>
    seen.push([event.type, event.data, event.lastEventId, event instanceof Event]);
  await new Promise((resolve) => {
    source.onerror = (event) => {
      seen.push([event.type, event.reason, event instanceof EventSourceErrorEvent]);
      resolve();
    };
  });
  return seen;
};
globalThis.loop = async (url) => {
  for await (const { data } of new EventSource(url)) return data;
};
globalThis.parse = async () => {
  const { body } = new Response("data: parsed\\n\\n");
  for await (const { data } of body.pipeThrough(new EventSourceParserStream())) return data;
};
`,
);
const main = project.write(
  "main.mjs",
  `import { EdgeVM } from "@edge-runtime/vm";
import { readFileSync } from "node:fs";
const [bundle, url] = process.argv.slice(2);
const vm = new EdgeVM();
vm.evaluate(readFileSync(bundle, "utf8"));
const { absent, follow, loop, parse } = vm.context;
console.log(JSON.stringify([absent, await follow(url), await loop(url), await parse()]));
`,
);

const bundle = new URL("edge.js", project.folder).pathname;
await runTool("bundle.mjs", "esbuild", "edge-light", entry, bundle);

for (const [name, binary] of new Map([nodes.at(0)!, nodes.at(-1)!])) {
  test(`package: bundled for the Edge Runtime, it streams there [${name}]`, async () => {
    const server = await script({
      steps: [{ write: "id: 1\ndata: a\n\n" }, "end"],
    });
    const { output, errors } = await project.run([
      binary,
      main,
      bundle,
      server.url,
    ]);
    assertEquals(JSON.parse(output || "null"), [
      ["MessageEvent", "ErrorEvent", "reportError"],
      [["open", 200], ["message", "a", "1", true], ["error", "closed", true]],
      "a",
      "parsed",
    ], errors);
    const [request] = await server.requests(1);
    assertEquals(request?.headers["x-token"], "secret");
  });
}
