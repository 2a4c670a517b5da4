/**
 * The declarations, compiled by consumers each of whom has the types of one platform alone.
 */

import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { createProject } from "./project.ts";
import { folderOf, node } from "./tools.ts";

/** The oldest version that can read them, and a recent one. */
const OLDEST = "typescript-oldest";
const COMPILERS = [OLDEST, "typescript"];

/** What a consumer has, and how it is compiled. */
interface Consumer {
  readonly lib: readonly string[];
  /** The package of types, and the one in package.json of this folder that it is. */
  readonly types?: readonly [name: string, installed: string];
  readonly module: "esnext" | "nodenext";
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
    types: ["@types/node", "@types/node-20"],
    module: "nodenext",
  },
  "@types/node 26": {
    lib: ["es2022"],
    types: ["@types/node", "@types/node-26"],
    module: "nodenext",
  },
  "@types/node 26 and CommonJS": {
    lib: ["es2022"],
    types: ["@types/node", "@types/node-26"],
    module: "nodenext",
    cts: true,
  },
  "@cloudflare/workers-types": {
    lib: ["es2022"],
    types: ["@cloudflare/workers-types", "@cloudflare/workers-types"],
    module: "esnext",
  },
  "bun-types": {
    lib: ["esnext"],
    types: ["bun-types", "bun-types"],
    module: "esnext",
  },
};

const program = await Deno.readTextFile(
  new URL("consumer.txt", import.meta.url),
);

for (
  const [name, { lib, types, module, cts = false }] of Object.entries(CONSUMERS)
) {
  for (const compiler of COMPILERS) {
    // Version 5.8 was the first to know that Node.js can `require()` an ES module.
    if (cts && compiler === OLDEST) continue;
    test(`package: compiled by ${compiler} with ${name} alone`, async () => {
      const project = await createProject();
      if (types !== undefined) project.link(...types);
      const file = cts ? "main.cts" : "main.ts";
      project.write(file, program);
      const compilerOptions = {
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
        target: "es2022",
        lib,
        types: types === undefined ? [] : [types[0]],
        module,
        moduleResolution: module === "nodenext" ? "nodenext" : "bundler",
      };
      project.write(
        "tsconfig.json",
        JSON.stringify({ compilerOptions, files: [file] }),
      );
      const { code, output, errors } = await project.run([
        node,
        `${folderOf(compiler)}/bin/tsc`,
        "--project",
        ".",
      ]);
      assertEquals([code, output, errors], [0, "", ""]);
    });
  }
}

for (const compiler of COMPILERS) {
  test(`package: the example of a Worker, compiled by ${compiler}`, async () => {
    const project = await createProject();
    project.link("@cloudflare/workers-types", "@cloudflare/workers-types");
    const example = new URL("../../examples/worker/", import.meta.url);
    for (const { name } of Deno.readDirSync(example)) {
      project.write(name, await Deno.readTextFile(new URL(name, example)));
    }
    const { code, output, errors } = await project.run([
      node,
      `${folderOf(compiler)}/bin/tsc`,
      "--project",
      ".",
    ]);
    assertEquals([code, output, errors], [0, "", ""]);
  });
}
