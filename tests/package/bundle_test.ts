/**
 * The package in bundles: for browsers and Workers without anything of Node.js, and for Node.js.
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { NEWEST_WORKERS } from "../../scripts/workerd.ts";
import type { Outcome } from "../command.ts";
import { test } from "../harness.ts";
import { FOLLOW, withFeed } from "./feed.ts";
import { createProject } from "./project.ts";
import { nodes, runtimes, runTool } from "./tools.ts";

const project = await createProject();
const entry = project.write(
  "entry.js",
  `import { EventSource, EventSourceParserStream } from "@x/eventsource";
${FOLLOW}
export async function readStream() {
  const source = EventSource.fromReadableStream(new Blob(["data: from a stream\\n\\n"]).stream());
  const data = await new Promise((resolve) => source.onmessage = (event) => resolve(event.data));
  return [data, typeof EventSourceParserStream];
}
export async function firstError() {
  const source = new EventSource("http://localhost/");
  const event = await new Promise((resolve) => source.onerror = resolve);
  source.close();
  return [event.reason, event.willReconnect, event.message];
}
export { follow };
`,
);
project.write(
  "required.cjs",
  `exports.EventSource = require("@x/eventsource").EventSource;
exports.createParser = require("@x/eventsource/parser").createParser;
`,
);
const once = project.write(
  "once.js",
  `import { createParser, EventSource } from "@x/eventsource";
import * as required from "./required.cjs";
console.log(required.EventSource === EventSource, required.createParser === createParser);
`,
);
/** What is in node.ts and its dependencies alone. */
const OF_NODE = /["'\`]node:|require\(|SocksClient|HttpsProxyAgent/;
/** What is in the transport for Deno alone, which pages are spared. */
const OF_DENO = "createHttpClient";

const main = (bundle: string) =>
  `import { follow, readStream } from "./${bundle}";
const url = globalThis.Deno ? Deno.args[0] : process.argv[2];
console.log(await readStream(), await follow(url));
`;

for (const bundler of ["esbuild", "vite", "rollup", "webpack"]) {
  test(`package: bundled by ${bundler} for browsers`, async () => {
    const bundle = `browser.${bundler}.mjs`;
    await runTool(
      "bundle.mjs",
      bundler,
      "browser",
      entry,
      new URL(bundle, project.folder).pathname,
    );
    const text = await Deno.readTextFile(new URL(bundle, project.folder));
    assertEquals(OF_NODE.exec(text), null);
    assert(!text.includes(OF_DENO), "it has what a page cannot use");
    project.write(`main.${bundle}`, main(bundle));
    await withFeed(async (url) => {
      const { output, errors } = await project.run([
        Deno.execPath(),
        ...[
          "run",
          "--quiet",
          "--no-config",
          "--no-npm",
          "--no-remote",
          "--allow-net",
        ],
        ...[`main.${bundle}`, url],
      ]);
      assertEquals(output, '[ "from a stream", "function" ] secret\n', errors);
    });
  });

  test(`package: bundled by ${bundler} for Node.js`, async () => {
    const bundle = `node.${bundler}.mjs`;
    await runTool(
      "bundle.mjs",
      bundler,
      "node",
      entry,
      new URL(bundle, project.folder).pathname,
    );
    assertStringIncludes(
      await Deno.readTextFile(new URL(bundle, project.folder)),
      "SocksClient",
    );
    project.write(`main.${bundle}`, main(bundle));
    await withFeed(async (url) => {
      for (const [name, binary] of nodes) {
        const { output, errors } = await project.run([
          binary,
          `main.${bundle}`,
          url,
        ]);
        assertEquals(
          output,
          "[ 'from a stream', 'function' ] secret\n",
          name + errors,
        );
      }
    });
  });
}

for (const bundler of ["esbuild", "vite", "rollup", "webpack"]) {
  for (const platform of ["browser", "node"]) {
    test(`package: imported and required, it is in a bundle of ${bundler} once (${platform})`, async () => {
      const bundle = `once.${platform}.${bundler}.mjs`;
      const path = new URL(bundle, project.folder).pathname;
      await runTool("bundle.mjs", bundler, platform, once, path);
      const { output, errors } = await project.run([nodes.at(-1)![1], bundle]);
      assertEquals(output, "true true\n", errors);
    });
  }
}

test("package: bundled by esbuild for Workers, and run by workerd", async () => {
  const bundle = "workerd.mjs";
  await runTool(
    "bundle.mjs",
    "esbuild",
    "workerd",
    entry,
    new URL(bundle, project.folder).pathname,
  );
  const text = await Deno.readTextFile(new URL(bundle, project.folder));
  assertEquals(OF_NODE.exec(text), null);
  assert(!text.includes(OF_DENO), "it is the entry for every runtime");
  project.write(
    "worker.mjs",
    `import { readStream } from "./${bundle}";
export default { async test() { console.log("read", ...await readStream()); } };
`,
  );
  const { code, output, errors } = await runWorker(bundle, '"no_nodejs_compat"');
  assertEquals(code, 0, errors);
  assert(
    (output + errors).includes("read from a stream function"),
    output + errors,
  );
});

test("package: bundled by esbuild for Node.js, workerd is told which entry it lacks", async () => {
  const bundle = "misled.mjs";
  await runTool("bundle.mjs", "esbuild", "node", entry, new URL(bundle, project.folder).pathname);
  project.write(
    "worker.mjs",
    `import { firstError } from "./${bundle}";
export default { async test() { console.log("error", JSON.stringify(await firstError())); } };
`,
  );
  const { code, output, errors } = await runWorker(bundle, "");
  assertEquals(code, 0, errors);
  const [, error = "null"] = /^error (.*)$/m.exec(output + errors) ?? [];
  assertEquals(JSON.parse(error), [
    "unsupported",
    false,
    "Cannot connect to http://localhost/: The options.maxHeaderSize option is not implemented " +
    '(this is the entry for Node.js: for Workers, bundle "@x/eventsource" with the condition ' +
    '"workerd")',
  ]);
});

/** Runs worker.mjs of the project, which imports a bundle, under `workerd test`. */
async function runWorker(bundle: string, flag: string): Promise<Outcome> {
  project.write(
    "config.capnp",
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .worker)]);
const worker :Workerd.Worker = (
  modules = [
    (name = "worker.mjs", esModule = embed "worker.mjs"),
    (name = "${bundle}", esModule = embed "${bundle}")
  ],
  compatibilityDate = "${NEWEST_WORKERS}",
  compatibilityFlags = [${flag}]
);
`,
  );
  return await project.run([runtimes.workerd, "test", "config.capnp"]);
}
