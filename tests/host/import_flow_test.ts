/**
 * Imports flow one way, stay within the repository, and meet no runtime's own globals.
 */

import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../../scripts/npm/config.ts";
import { test } from "../harness.ts";
import { readModule } from "./modules.ts";

/** A module imports from the rows below its own alone: what is high decides, what is low serves. */
const LAYERS: readonly (readonly string[])[] = [
  ["polyfill.ts"],
  ["cli.ts"],
  ["src/cli/main.ts"],
  ["src/cli/follow.ts"],
  ["src/cli/advice.ts", "src/cli/format.ts", "src/cli/request.ts"],
  ["src/cli/permissions.ts"],
  ["src/cli/arguments.ts"],
  [
    "src/cli/authorities.ts",
    "src/cli/comments.ts",
    "src/cli/cursor.ts",
    "src/cli/excerpt.ts",
    "src/cli/output.ts",
    "src/cli/pretty_json.ts",
    "src/cli/transport.ts",
    "src/cli/values.ts",
    "src/cli/version.ts",
  ],
  ["src/cli/secrets.ts", "src/cli/usage.ts"],
  ["mod.ts", "node.ts", "browser.ts", "parser.ts"],
  ["src/event_source.ts", "src/surface.ts", "src/transports/default.ts"],
  [
    "src/transports/bun.ts",
    "src/transports/deno.ts",
    "src/transports/fetch.ts",
    "src/transports/node.ts",
  ],
  [
    "src/transports/node_body.ts",
    "src/transports/node_proxy.ts",
    "src/transports/node_response.ts",
    "src/transports/node_tls.ts",
    "src/connection.ts",
    "src/inspect.ts",
    "src/interface.ts",
    "src/parser/parser_stream.ts",
    "src/types.ts",
    "src/user_request.ts",
  ],
  [
    "src/events.ts",
    "src/init.ts",
    "src/redirect.ts",
    "src/transports/content_encoding.ts",
    "src/transports/proxy.ts",
    "src/transports/tls.ts",
  ],
  ["src/headers.ts", "src/reconnection.ts"],
  ["src/failure.ts"],
  [
    "src/dispatch.ts",
    "src/event_handler.ts",
    "src/event_queue.ts",
    "src/mime_type.ts",
    "src/parser/parser.ts",
    "src/timer.ts",
    "src/transports/transport.ts",
    "src/url.ts",
    "src/web_idl.ts",
  ],
  ["src/parser/types.ts"],
  ["src/check.ts", "src/parser/parse_error.ts", "src/visible.ts"],
];

const TRANSPORTS = ["fetch", "deno", "bun", "node"].map(transport);
const OF_NODE = ["node_body", "node_proxy", "node_response", "node_tls"].map(transport);
/** What those share that take TLS options and proxies. */
const OPTIONS = ["proxy", "tls"].map(transport);
const ENCODING = transport("content_encoding");
/** The seam, how misuse is told, and what others have said. */
const SEAM = [transport("transport"), "src/check.ts", "src/visible.ts"];

/** Modules that may import fewer than their row would let them. */
const ALONE: readonly { readonly path: string; readonly only: readonly string[] }[] = [
  { path: transport("default"), only: [...TRANSPORTS, ENCODING, ...SEAM] },
  ...[transport("transport"), transport("fetch"), ...OPTIONS].map((path) => ({
    path,
    only: SEAM,
  })),
  ...[transport("deno"), transport("bun"), transport("node"), ...OF_NODE].map((path) => ({
    path,
    only: [...(path === transport("node") ? OF_NODE : []), ENCODING, ...OPTIONS, ...SEAM],
  })),
  { path: ENCODING, only: [] },
];

/**
 * The modules that are there for a runtime, or for the command: what they may import besides, and
 * when it is needed.
 */
const FOR_A_RUNTIME: Readonly<Record<string, readonly string[]>> = {
  "cli.ts": ["node:process"],
  "src/cli/arguments.ts": ["node:util"],
  "src/cli/authorities.ts": ["node:crypto", "node:fs"],
  "src/cli/cursor.ts": ["node:fs"],
  "src/cli/follow.ts": ["node:process"],
  "src/cli/format.ts": ["node:util"],
  "src/cli/main.ts": ["node:process"],
  "src/cli/output.ts": ["node:process"],
  "src/cli/permissions.ts": [],
  "src/cli/request.ts": ["node:buffer", "node:fs", "node:process"],
  "src/cli/transport.ts": ["node:process"],
  "src/cli/version.ts": ["../../deno.json"],
  "src/transports/bun.ts": [],
  "src/transports/deno.ts": [],
  "src/transports/node.ts": ["node:http", "node:https"],
  "src/transports/node_body.ts": ["node:http", "node:stream", "node:zlib"],
  "src/transports/node_proxy.ts": [
    "node:buffer",
    "node:dns/promises",
    "node:http",
    "node:net",
    "node:process",
    "node:tls",
    'import("agent-base")',
    'import("http-proxy-agent")',
    'import("https-proxy-agent")',
    'import("proxy-from-env")',
    'import("socks")',
  ],
  "src/transports/node_tls.ts": ["node:net", "node:process", "node:tls"],
};

const RUNTIMES_OWN = new Set(["Deno", "Bun", "process"]);

const ENTRIES = ["cli.ts", "mod.ts", "node.ts", "browser.ts", "parser.ts", "polyfill.ts"];

const modules = [...ENTRIES, ...filesOf("src/")].map((path) => ({
  path,
  ...readModule(path, Deno.readTextFileSync(new URL(path, ROOT))),
}));

function transport(name: string): string {
  return `src/transports/${name}.ts`;
}

function filesOf(folder: string): string[] {
  return [...Deno.readDirSync(new URL(folder, ROOT))].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesOf(`${folder}${name}/`) : [`${folder}${name}`]
  );
}

/** Relative to the root; `undefined` outside of it. */
function resolve(specifier: string, importer: string): string | undefined {
  const { href } = new URL(specifier, new URL(importer, ROOT));
  return href.startsWith(ROOT.href) ? href.slice(ROOT.href.length) : undefined;
}

function rowOf(path: string): number {
  return LAYERS.findIndex((row) => row.includes(path));
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

test("imports: every module has its layer, and every layer's modules exist", () => {
  assertEquals(LAYERS.flat().sort(), modules.map(({ path }) => path).sort());
});

test("imports: they flow downwards, and stay within the repository", () => {
  for (const { path, imports } of modules) {
    for (const { specifier } of imports) {
      if (FOR_A_RUNTIME[path]?.includes(specifier)) continue;
      assert(/^\.\.?\//.test(specifier), `${path} imports ${specifier}`);
      const target = resolve(specifier, path) ?? specifier;
      assert(rowOf(target) > rowOf(path), `${path} imports ${target}`);
      const rule = ALONE.find((alone) => alone.path === path);
      assert(rule === undefined || rule.only.includes(target), `${path} imports ${target}`);
    }
  }
});

test("imports: none is dynamic, so that all are seen here", () => {
  for (const { path, imports } of modules) {
    const dynamic = imports.filter(({ kind }) => kind === "dynamic").map((found) =>
      found.specifier
    );
    assertEquals(dynamic.filter((found) => !FOR_A_RUNTIME[path]?.includes(found)), [], path);
  }
});

test("imports: no module names a runtime's own globals or modules", () => {
  for (const { path, names, strings } of modules) {
    if (path in FOR_A_RUNTIME) continue;
    assert(names.length > 0 || path === "parser.ts", `${path} was not read`);
    assertEquals(names.filter((name) => RUNTIMES_OWN.has(name)), [], path);
    const spelled = strings.filter((text) => RUNTIMES_OWN.has(text) || text.startsWith("node:"));
    assertEquals(spelled, [], path);
  }
});

test("imports: what a module may have besides, it has", () => {
  assertEquals(Object.keys(FOR_A_RUNTIME).filter((path) => rowOf(path) < 0), []);
  for (const { path, imports, names, strings } of modules) {
    const allowed = FOR_A_RUNTIME[path];
    if (allowed === undefined) continue;
    const found = imports.map(({ specifier }) => specifier);
    assertEquals(allowed.filter((specifier) => !found.includes(specifier)), [], path);
    const isNamed = [...names, ...strings].some((word) => RUNTIMES_OWN.has(word));
    assert(allowed.length > 0 || isNamed, `${path} has nothing of a runtime's own`);
  }
});
