/**
 * How much of a page, or of a Worker, the package takes.
 */

import { assert } from "@std/assert";
import { gzipSync } from "node:zlib";
import { test } from "../harness.ts";
import { createProject } from "./project.ts";
import { runTool } from "./tools.ts";

/**
 * What is imported, for which platform, and the limit: bytes, minified and compressed by gzip -9.
 */
const LIMITS: readonly (readonly [code: string, platform: "browser" | "workerd", limit: number])[] =
  [
    ['export * from "@x/eventsource/parser";', "browser", 1850],
    ['export { createParser } from "@x/eventsource";', "browser", 1850],
    ['export { EventSource } from "@x/eventsource";', "browser", 10_300],
    ['export * from "@x/eventsource";', "browser", 10_300],
    ['export * from "@x/eventsource";', "workerd", 12_900],
  ];

const project = await createProject();

for (const [code, platform, limit] of LIMITS) {
  test(`package: ${code} takes no more than ${limit} bytes (${platform})`, async () => {
    const entry = project.write("entry.js", `${code}\n`);
    const bundle = new URL("bundle.js", project.folder).pathname;
    await runTool("bundle.mjs", "esbuild", platform, entry, bundle);
    const minified = await Deno.readFile(bundle);
    assert(minified.length > limit, "the bundle is empty");
    const { length } = gzipSync(minified, { level: 9 });
    assert(length <= limit, `${minified.length} bytes minified, ${length} compressed`);
  });
}
