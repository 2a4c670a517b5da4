/**
 * The declarations, compiled by consumers each of whom has the types of one platform alone.
 */

import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { createProject, type Project } from "./project.ts";
import { folderOf, node } from "./tools.ts";

/** The oldest version that can read them, and a recent one. */
const COMPILERS = ["typescript-oldest", "typescript"];

/** How each kind of module is resolved, by `module`. */
const RESOLUTIONS = {
  esnext: "bundler",
  node16: "node16",
  nodenext: "nodenext",
  commonjs: "node10",
};

/** The last that has the resolution node10. It asks for `ignoreDeprecations` then. */
const LAST_WITH_NODE10 = "typescript-6";

/** What a consumer has, and how it is compiled. */
interface Consumer {
  /** Why its types do not let the platform's `EventSource` be replaced, if they do not. */
  readonly irreplaceable?: string;
  readonly lib: readonly string[];
  /** The packages of types, by name, and what package.json of this folder calls each. */
  readonly types?: Readonly<Record<string, string>>;
  readonly module: "esnext" | "node16" | "nodenext" | "commonjs";
  /** What compiles it. Default: the oldest and a recent one. */
  readonly compilers?: readonly string[];
  /** Whether the consumer is CommonJS. */
  readonly cts?: boolean;
}

const CONSUMERS: Readonly<Record<string, Consumer>> = {
  "lib.dom": {
    lib: ["es2022", "dom", "dom.iterable", "dom.asynciterable"],
    module: "esnext",
  },
  "@types/node 20": {
    lib: ["es2022"],
    types: { "@types/node": "@types/node-20" },
    module: "nodenext",
  },
  "@types/node 24": {
    lib: ["es2022"],
    types: { "@types/node": "@types/node-24" },
    module: "nodenext",
  },
  "@types/node 22": {
    lib: ["es2022"],
    types: { "@types/node": "@types/node-22" },
    module: "nodenext",
  },
  "@types/node 26": {
    lib: ["es2022"],
    types: { "@types/node": "@types/node-26" },
    module: "nodenext",
  },
  "@types/node 26 and CommonJS": {
    lib: ["es2022"],
    types: { "@types/node": "@types/node-26" },
    module: "nodenext",
    cts: true,
  },
  "@types/node 20 and CommonJS of node16": {
    lib: ["es2022"],
    types: { "@types/node": "@types/node-20" },
    module: "node16",
    cts: true,
  },
  "@types/node 20 and CommonJS of node10": {
    lib: ["es2022"],
    types: { "@types/node": "@types/node-20" },
    module: "commonjs",
    compilers: ["typescript-oldest"],
  },
  "@types/node 24 and CommonJS of node10": {
    lib: ["es2022"],
    types: { "@types/node": "@types/node-24" },
    module: "commonjs",
    compilers: [LAST_WITH_NODE10],
  },
  "lib.dom and CommonJS of node10": {
    lib: ["es2022", "dom", "dom.iterable", "dom.asynciterable"],
    module: "commonjs",
    compilers: ["typescript-oldest", LAST_WITH_NODE10],
  },
  "@types/node 22 and a bundler": {
    lib: ["es2022"],
    types: { "@types/node": "@types/node-22" },
    module: "esnext",
    compilers: ["typescript-6", "typescript"],
  },
  "@types/node 24 and ES modules of node16": {
    lib: ["es2022"],
    types: { "@types/node": "@types/node-24" },
    module: "node16",
    compilers: ["typescript"],
  },
  "lib.dom and nodenext": {
    lib: ["es2022", "dom", "dom.iterable", "dom.asynciterable"],
    module: "nodenext",
    compilers: ["typescript"],
  },
  // Left behind by the client that this one replaces: it adds to the Event of lib.dom. With that of
  // @types/node alone it does not compile itself.
  "lib.dom and @types/eventsource 1.x": {
    lib: ["es2022", "dom", "dom.iterable", "dom.asynciterable"],
    types: { "@types/eventsource": "@types/eventsource" },
    module: "esnext",
  },
  "lib.dom, @types/node 26 and @types/eventsource 1.x": {
    lib: ["es2022", "dom", "dom.iterable", "dom.asynciterable"],
    types: {
      "@types/node": "@types/node-26",
      "@types/eventsource": "@types/eventsource",
    },
    module: "nodenext",
  },
  "@cloudflare/workers-types": {
    irreplaceable: "its constructor takes no URL",
    lib: ["es2022"],
    types: { "@cloudflare/workers-types": "@cloudflare/workers-types" },
    module: "esnext",
  },
  "bun-types": {
    irreplaceable: "its constructor takes no URL",
    lib: ["esnext"],
    types: { "bun-types": "bun-types" },
    module: "esnext",
  },
};

const program = await Deno.readTextFile(
  new URL("consumer.txt", import.meta.url),
);
/** A function that puts our `EventSource` in the place of the platform's. */
const replace = await Deno.readTextFile(
  new URL("replace.txt", import.meta.url),
);

for (
  const [
    name,
    { lib, types = {}, module, compilers = COMPILERS, cts = false, irreplaceable },
  ] of Object.entries(CONSUMERS)
) {
  for (const compiler of compilers) {
    test(`package: compiled by ${compiler} with ${name} alone`, async () => {
      const project = await createProject();
      for (const link of Object.entries(types)) project.link(...link);
      const file = cts ? "main.cts" : "main.ts";
      project.write(
        file,
        irreplaceable === undefined ? program + replace : program,
      );
      const compilerOptions = {
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
        target: "es2022",
        lib,
        types: Object.keys(types),
        module,
        moduleResolution: RESOLUTIONS[module],
        ...(module === "commonjs" && compiler === LAST_WITH_NODE10
          ? { ignoreDeprecations: "6.0" }
          : {}),
      };
      project.write(
        "tsconfig.json",
        JSON.stringify({ compilerOptions, files: [file] }),
      );
      await assertCompiles(project, compiler);
    });
  }
}

for (const compiler of COMPILERS) {
  for (const module of ["node16", "nodenext"]) {
    test(`package: a program of ES modules and CommonJS, compiled by ${compiler} for ${module}`, async () => {
      const project = await createProject();
      project.link("@types/node", "@types/node-20");
      project.write(
        "commonjs.cts",
        `${program}export { custom, init, polyfill };\n`,
      );
      project.write(
        "main.mts",
        `import { EventSource, type EventSourceInit, type FetchLike } from "@x/eventsource";
import "@x/eventsource/polyfill";
import * as commonJs from "./commonjs.cjs";
const init: EventSourceInit = commonJs.init;
const custom: FetchLike = commonJs.custom;
const source: EventSource = commonJs.polyfill;
console.log(new EventSourcePolyfill("http://localhost", init), custom, source);
`,
      );
      const compilerOptions = {
        strict: true,
        skipLibCheck: false,
        noEmit: true,
        target: "es2022",
        lib: ["es2022"],
        types: ["@types/node"],
        module,
      };
      const files = ["main.mts"];
      project.write(
        "tsconfig.json",
        JSON.stringify({ compilerOptions, files }),
      );
      await assertCompiles(project, compiler);
    });
  }

  test(`package: the example of a Worker, compiled by ${compiler}`, async () => {
    const project = await createProject();
    project.link("@cloudflare/workers-types", "@cloudflare/workers-types");
    const example = new URL("../../examples/worker/", import.meta.url);
    for (const { name } of Deno.readDirSync(example)) {
      project.write(name, await Deno.readTextFile(new URL(name, example)));
    }
    await assertCompiles(project, compiler);
  });
}

/** Compiles a project by its tsconfig.json: without an error, and without a word. */
async function assertCompiles(
  project: Project,
  compiler: string,
): Promise<void> {
  const tsc = `${folderOf(compiler)}/bin/tsc`;
  const { code, output, errors } = await project.run([
    node,
    tsc,
    "--project",
    ".",
  ]);
  assertEquals([code, output, errors], [0, "", ""]);
}
