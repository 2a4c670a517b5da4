/**
 * The tests as one file, for runtimes other than Deno.
 *
 * @module
 */

import { LOCK, readConfig, ROOT } from "../npm/config.ts";
import { run } from "../npm/command.ts";
import { BUILD, type Context } from "./run.ts";

/** The module of tests/runners that a bundle is made for. */
type Runner = "node" | "workerd" | "browser";

/** What is tested. */
export interface Tested {
  /** The runtime that the tests are told, if it is not called as the run is. */
  readonly runtime?: string;
  /** The module that stands for `@x/eventsource`. Default: mod.ts. */
  readonly entry?: string;
  /**
   * A folder into which the npm package has been installed: the tests import it from there, by its
   * name. Without it they are bundled with the source.
   */
  readonly project?: URL;
}

const bundles = new Map<string, Promise<string>>();

/** Writes all tests as one file that holds what this run is told; the URL of the file. */
export async function writeSuite(
  { name, config }: Context,
  runner: Runner,
  { runtime = name, entry, project }: Tested,
): Promise<URL> {
  const key = [runner, entry, project && "package"].join("_").replace(/\W/g, "_");
  if (!bundles.has(key)) bundles.set(key, bundle(key, runner, entry, project));
  const told = JSON.stringify({ ...config, runtime });
  // The imports of what follows are hoisted: they are of the runtime's own modules.
  const text = `globalThis.testConfig = ${told};\n${await bundles.get(key)}`;
  const file = new URL(`${name}.test.js`, project ?? BUILD);
  await Deno.writeTextFile(file, text);
  return file;
}

async function bundle(
  key: string,
  runner: Runner,
  module: string | undefined,
  project: URL | undefined,
): Promise<string> {
  const url = new URL("tests/", ROOT);
  const tests = [...Deno.readDirSync(url)]
    .map(({ name }) => name)
    .filter((name) => name.endsWith("_test.ts"))
    .sort();
  const entry = new URL(`${key}.entry.ts`, BUILD);
  await Deno.writeTextFile(
    entry,
    [
      // First: it says who takes the tests.
      `export * from "${url}runners/${runner}.ts";`,
      ...(runner === "workerd" ? [`export { default } from "${url}runners/workerd.ts";`] : []),
      ...tests.map((test) => `import "${url}${test}";`),
      ...(runner === "browser" ? [`import "${url}browser/page_rules.ts";`] : []),
    ].join("\n"),
  );
  const file = new URL(`${key}.js`, BUILD);
  const platform = runner === "node" ? "deno" : "browser";
  await run([
    ...[Deno.execPath(), "bundle", "--quiet", LOCK],
    ...importMap(module),
    // A few tests import parts from src; those come with the bundle, whatever is installed.
    ...(project === undefined ? [] : packageImports().map((name) => `--external=${name}`)),
    ...["--platform", platform, "-o", file.pathname, entry.pathname],
  ], ROOT);
  return await Deno.readTextFile(file);
}

/** What the package is imported by. */
function packageImports(): string[] {
  const { name, exports } = readConfig();
  return Object.keys(exports).map((subpath) => name + subpath.slice(1));
}

/** The option that has a module stand for `@x/eventsource`. */
export function importMap(module: string | undefined): string[] {
  if (module === undefined) return [];
  const { name, imports } = readConfig();
  const absolute = Object.fromEntries(
    Object.entries({ ...imports, [name]: `./${module}` }).map((
      [specifier, target],
    ) => [specifier, target.startsWith("./") ? new URL(target, ROOT).href : target]),
  );
  const map = encodeURIComponent(JSON.stringify({ imports: absolute }));
  return [`--import-map=data:application/json,${map}`];
}
