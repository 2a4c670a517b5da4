/**
 * The package by its name: `import` and `require()` on every runtime, and which entry each gets.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { PACKAGE } from "../../scripts/npm/config.ts";
import { test } from "../harness.ts";
import { FOLLOW, withFeed } from "./feed.ts";
import { createProject } from "./project.ts";
import { node, nodes, runtimes } from "./tools.ts";

const project = await createProject();

project.write(
  "import.mjs",
  `import { EventSource } from "@x/eventsource";
import { EventSource as NodeEventSource } from "@x/eventsource/node";
import { createParser } from "@x/eventsource/parser";
import { EventSourceParserStream } from "@x/eventsource/stream";
${FOLLOW}
console.log(await follow(process.argv[2]));
console.log(typeof NodeEventSource, typeof createParser, typeof EventSourceParserStream);
`,
);
project.write(
  "require.cjs",
  `const { EventSource } = require("@x/eventsource");
const { EventSource: NodeEventSource } = require("@x/eventsource/node");
const { createParser } = require("@x/eventsource/parser");
const { EventSourceParserStream } = require("@x/eventsource/stream");
${FOLLOW}
follow(process.argv[2]).then((data) => {
  console.log(data);
  console.log(typeof NodeEventSource, typeof createParser, typeof EventSourceParserStream);
});
`,
);
project.write(
  "resolve.mjs",
  'console.log(import.meta.resolve("@x/eventsource"));\n',
);
project.write(
  "resolve.cjs",
  'console.log(require.resolve("@x/eventsource"));\n',
);
project.write(
  "copies.mjs",
  `import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
let compared = 0;
for (const subpath of process.argv.slice(2)) {
  const imported = await import("@x/eventsource" + subpath);
  const required = require("@x/eventsource" + subpath);
  for (const [name, value] of Object.entries(imported)) {
    if (typeof value !== "function") continue;
    compared++;
    if (required[name] !== value) console.log("there are two of", name, "in", subpath || ".");
  }
}
console.log(compared > 0);
`,
);

const commands: readonly (readonly [name: string, command: readonly string[]])[] = [
  ...nodes.map(([name, binary]) => [name, [binary]] as const),
  ["bun", [runtimes.bun]],
  ["deno", [Deno.execPath(), "run", "--quiet", "--allow-all"]],
];

for (const [name, command] of commands) {
  for (const file of ["import.mjs", "require.cjs"]) {
    test(`package: ${file} on ${name}`, async () => {
      await withFeed(async (url) => {
        const { code, output, errors } = await project.run([
          ...command,
          file,
          url,
        ]);
        assertEquals([code, output], [
          0,
          "secret\nfunction function function\n",
        ], errors);
      });
    });
  }

  test(`package: import and require() get the same classes on ${name}`, async () => {
    // See below: there, what each of the two finds for the main entry is not the same.
    const subpaths = [...(name === "deno" ? [] : [""]), "/node", "/browser", "/parser", "/stream"];
    const { output, errors } = await project.run([...command, "copies.mjs", ...subpaths]);
    assertEquals(output, "true\n", errors);
  });

  for (const file of ["resolve.mjs", "resolve.cjs"]) {
    // Deno's `require()` knows the condition "node" alone.
    const forNode = name.startsWith("node") ||
      (name === "deno" && file === "resolve.cjs");
    const entry = forNode ? "node" : "mod";
    test(`package: ${file} on ${name} finds ${entry}.js`, async () => {
      const { output, errors } = await project.run([...command, file]);
      assertMatch(
        output,
        new RegExp(`/@x/eventsource/esm/${entry}\\.js\\n$`),
        errors,
      );
    });
  }
}

test("package: Bun runs the ES modules as they are", async () => {
  const cache = new URL("transpiled/", project.folder);
  Deno.mkdirSync(cache);
  project.write("load.mjs", 'await import("@x/eventsource"); await import("@x/eventsource/node");');
  const { success } = await new Deno.Command(runtimes.bun, {
    args: ["load.mjs"],
    cwd: project.folder,
    env: { BUN_RUNTIME_TRANSPILER_CACHE_PATH: cache.pathname },
  }).output();
  assert(success);
  // It keeps what it had to transpile.
  assertEquals([...Deno.readDirSync(cache)].map(({ name }) => name), []);
});

for (const entry of ["mod", "node"]) {
  // Each takes Bun half a millisecond to load.
  test(`package: ${entry}.js is five files`, () => {
    const modules = new Map<string, string>();
    const read = (file: URL): void => {
      if (modules.has(file.href)) return;
      const text = Deno.readTextFileSync(file);
      modules.set(file.href, text);
      for (const [, path = ""] of text.matchAll(/^(?:\} from|import) "(\..*)";$/gm)) {
        read(new URL(path, file));
      }
    };
    read(new URL(`esm/${entry}.js`, PACKAGE));
    assertEquals(modules.size, 5, [...modules.keys()].join("\n"));
    const hasFetchOfDeno = [...modules.values()].join().includes("createHttpClient");
    assertEquals(hasFetchOfDeno, entry === "mod");
  });
}

test("package: needs its dependencies for proxies alone", async () => {
  const bare = await createProject();
  for (
    const { name } of Deno.readDirSync(new URL("node_modules/", bare.folder))
  ) {
    if (name === "@x") continue;
    Deno.removeSync(new URL(`node_modules/${name}`, bare.folder), {
      recursive: true,
    });
  }
  bare.write(
    "import.mjs",
    Deno.readTextFileSync(new URL("import.mjs", project.folder)),
  );
  await withFeed(async (url) => {
    const { code, errors } = await bare.run([nodes[0]![1], "import.mjs", url]);
    assertEquals(code, 0, errors);
  });
});

const npm = await new Deno.Command("npm", { args: ["--version"], stdout: "null", stderr: "null" })
  .output().catch(() => undefined);

test("package: npm installs it", async () => {
  const empty = await createProject();
  Deno.removeSync(new URL("node_modules", empty.folder), { recursive: true });
  const { code, errors } = await empty.run([
    "npm",
    ...["install", "--silent", "--offline", "--no-audit", "--no-fund"],
  ]);
  assertEquals(code, 0, errors);
  empty.write("require.cjs", Deno.readTextFileSync(new URL("require.cjs", project.folder)));
  await withFeed(async (url) => {
    const { output, errors } = await empty.run([node, "require.cjs", url]);
    assertEquals(output, "secret\nfunction function function\n", errors);
  });
}, npm?.success ? {} : { skip: { package: "there is no npm on PATH" } });
