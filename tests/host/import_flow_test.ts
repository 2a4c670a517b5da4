/**
 * Imports flow one way, stay within the repository, and meet no runtime's own globals: rules on
 * folders, and on the files of src/ that stand alone.
 */

import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../../scripts/npm/config.ts";
import { test } from "../harness.ts";
import { readModule } from "./modules.ts";

/**
 * The parts of the source, from what decides to what serves: a part imports from itself and from
 * those below. A folder, or files of src/.
 */
const LAYERS: readonly RegExp[] = [
  /^(cli|polyfill)\.ts$/,
  /^src\/cli\//,
  /^(mod|node|browser|workers|parser|stream)\.ts$/,
  /^src\/(surface|off_page)\.ts$/,
  /^src\/(inspect|workerd)\.ts$/,
  /^src\/event_source\.ts$/,
  /^src\/(connection|options|types)\.ts$/,
  /^src\/(dispatch|events|iteration|ready_state|reconnection|rejection|timer|web_idl)\.ts$/,
  /^src\/platform\.ts$/,
  /^src\/request\//,
  /^src\/transports\/(?!transport\.ts)/,
  /^src\/transports\/transport\.ts$/,
  /^src\/parser\//,
  /^src\/errors\.ts$/,
  /^src\/(causes|check|shown)\.ts$/,
];

/** What a part may import besides nothing of others: the seam, and what serves everybody. */
const SERVICES = /^src\/(transports\/transport|errors|causes|check|shown)\.ts$/;

/** The parts that import nothing else from outside of themselves. */
const APART: readonly { readonly part: RegExp; readonly but: RegExp }[] = [
  { part: /^src\/parser\//, but: /^$/ },
  { part: /^src\/transports\//, but: SERVICES },
  { part: /^src\/cli\//, but: /^(mod|node|src\/shown)\.ts$/ },
];

/** The parts that may name a runtime's own globals and modules. */
const OF_A_RUNTIME = /^(cli\.ts|src\/cli\/|src\/transports\/(node\/|deno|bun))/;

const RUNTIMES_OWN = new Set(["Deno", "Bun", "process"]);

const modules = [
  ...[...Deno.readDirSync(ROOT)].map(({ name }) => name).filter((name) => name.endsWith(".ts")),
  ...filesOf("src/"),
].map((path) => ({
  path,
  ...readModule(path, Deno.readTextFileSync(new URL(path, ROOT))),
}));

function filesOf(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesOf(`${folder}${name}/`) : [`${folder}${name}`]
  );
}

/** Relative to the root. */
function resolve(specifier: string, importer: string): string {
  return new URL(specifier, new URL(importer, ROOT)).href.slice(ROOT.href.length);
}

function layerOf(path: string): number {
  return LAYERS.findIndex((layer) => layer.test(path));
}

test("imports: what is read is what stands in a module, comments aside", () => {
  const text = `// Deno\nexport * from "./a.ts"; import type { b } from "./b.ts";
    /** process */ export { c } from "./c.ts"; const d: import("./d.ts").D = Bun.e;`;
  const { imports, names } = readModule("sample.ts", text);
  assertEquals(imports.map(({ specifier }) => specifier).sort(), [
    "./a.ts",
    "./b.ts",
    "./c.ts",
    'import("./d.ts").D',
  ]);
  assert(names.includes("Bun") && !names.includes("Deno") && !names.includes("process"));
});

test("imports: every module has its layer, and every layer its modules", () => {
  assertEquals(modules.filter(({ path }) => layerOf(path) < 0).map(({ path }) => path), []);
  assertEquals(
    LAYERS.filter((layer) => !modules.some(({ path }) => layer.test(path))).map(String),
    [],
  );
});

test("imports: they flow downwards, and stay within the repository", () => {
  for (const { path, imports } of modules) {
    const apart = APART.find(({ part }) => part.test(path));
    for (const { specifier, kind } of imports) {
      const isOwn = /^\.\.?\//.test(specifier);
      if (!isOwn && OF_A_RUNTIME.test(path)) continue;
      assert(isOwn && kind === "static", `${path} imports ${specifier}`);
      const target = resolve(specifier, path);
      // The version stands in deno.json alone.
      if (target === "deno.json" && path.startsWith("src/cli/")) continue;
      assert(layerOf(target) >= layerOf(path), `${path} imports ${target}`);
      const isApart = apart === undefined || apart.part.test(target) || apart.but.test(target);
      assert(isApart, `${path} imports ${target}`);
    }
  }
});

test("imports: none runs in a circle", () => {
  const targets = new Map(modules.map(({ path, imports }) => [
    path,
    imports.map(({ specifier }) => resolve(specifier, path)),
  ]));
  const visit = (path: string, trail: readonly string[]): void => {
    assert(!trail.includes(path), `${[...trail, path].join(" -> ")}`);
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
  };
  for (const { path } of modules) visit(path, []);
});

test("imports: no module names a runtime's own globals or modules", () => {
  for (const { path, names, strings } of modules) {
    if (OF_A_RUNTIME.test(path)) continue;
    assertEquals(names.filter((name) => RUNTIMES_OWN.has(name)), [], path);
    const spelled = strings.filter((text) => RUNTIMES_OWN.has(text) || text.startsWith("node:"));
    assertEquals(spelled, [], path);
  }
});
