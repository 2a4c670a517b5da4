/**
 * How much of a page the parser takes.
 */

import { assert } from "@std/assert";
import { gzipSync } from "node:zlib";
import { test } from "../harness.ts";
import { createProject } from "./project.ts";
import { runTool } from "./tools.ts";

/** In bytes, minified and compressed by gzip -9. */
const LIMITS = { "@x/eventsource/parser": 1800 };

const project = await createProject();

for (const [name, limit] of Object.entries(LIMITS)) {
  test(`package: ${name} takes no more than ${limit} bytes of a page`, async () => {
    const entry = project.write("entry.js", `export * from "${name}";\n`);
    const bundle = new URL("bundle.js", project.folder).pathname;
    await runTool("bundle.mjs", "esbuild", "browser", entry, bundle);
    const minified = await Deno.readFile(bundle);
    assert(minified.length > limit, "the bundle is empty");
    const { length } = gzipSync(minified, { level: 9 });
    assert(length <= limit, `${minified.length} bytes minified, ${length} compressed`);
  });
}
