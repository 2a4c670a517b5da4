/**
 * The polyfill as it is packed: a module for every runtime, and a script for pages.
 */

import { assert, assertEquals } from "@std/assert";
import { PACKAGE } from "../../scripts/npm/config.ts";
import { SCRIPT } from "../../scripts/npm/manifest.ts";
import { test } from "../harness.ts";
import { createProject } from "./project.ts";
import { nodes, runtimes, runTool } from "./tools.ts";

const project = await createProject();
const installed = new URL("node_modules/@x/eventsource/", project.folder);

project.write(
  "polyfill.mjs",
  `const native = globalThis.EventSource;
await import("@x/eventsource/polyfill");
const { EventSource } = await import("@x/eventsource");
console.log(EventSource.name, native === undefined, globalThis.EventSource === (native ?? globalThis.EventSourcePolyfill));
console.log(Object.keys(globalThis).includes("EventSourcePolyfill"));
`,
);
for (
  const [name, command, lacksOne] of [
    ["node-20", [nodes[0]![1]], true],
    ["bun", [runtimes.bun], true],
    ["deno", [Deno.execPath(), "run", "--quiet", "--allow-all"], false],
  ] as const
) {
  test(`package: the polyfill as a module on ${name}`, async () => {
    const { output, errors } = await project.run([...command, "polyfill.mjs"]);
    assertEquals(output, `EventSource ${lacksOne} true\nfalse\n`, errors);
  });
}

for (const bundler of ["esbuild", "vite", "rollup", "webpack"]) {
  test(`package: the polyfill survives ${bundler}, although nothing of it is used`, async () => {
    const entry = project.write(
      "entry.js",
      'import "@x/eventsource/polyfill";\nconsole.log(typeof EventSourcePolyfill);\n',
    );
    const bundle = new URL(`polyfill.${bundler}.mjs`, project.folder).pathname;
    await runTool("bundle.mjs", bundler, "browser", entry, bundle);
    const { output, errors } = await project.run([Deno.execPath(), "run", "--quiet", bundle]);
    assertEquals(output, "function\n", errors);
  });
}

test("package: the polyfill as a script, where CDNs look for it", async () => {
  const manifest = JSON.parse(await Deno.readTextFile(new URL("package.json", installed)));
  assertEquals([manifest.unpkg, manifest.jsdelivr], [SCRIPT, SCRIPT]);
  const script = await Deno.readTextFile(new URL(SCRIPT, installed));
  assertEquals(/\beval\(|\bFunction\(|\bimport[("]|\bexport\{/.exec(script)?.[0], undefined);
  assert(script.startsWith("/*! eventsource-polyfill "), "the first line says what it is");
  assert(script.trimEnd().endsWith("//# sourceMappingURL=eventsource-polyfill.js.map"));
});

test("package: the script's map holds the sources, and no path of the machine", async () => {
  const text = await Deno.readTextFile(new URL(`${SCRIPT}.map`, installed));
  const { sources, sourcesContent }: { sources: string[]; sourcesContent: string[] } = JSON.parse(
    text,
  );
  assert(sources.includes("../polyfill.ts") && sources.includes("../src/parser/parser.ts"));
  assert(sources.every((source) => /^\.\.\/(src\/)?[\w/]+\.ts$/.test(source)), String(sources));
  assert(sourcesContent.every((source) => source.length > 0));
  assert(!text.includes(PACKAGE.pathname.slice(0, -"npm/".length)));
});
