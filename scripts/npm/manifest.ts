/**
 * The package.json of the npm package: the same, whatever has built the rest.
 *
 * @module
 */

import { type Config, documents } from "./config.ts";

/** The folder of the compiled modules in the package. */
export const MODULES = "esm";
/** The folder of the same modules as CommonJS, with declarations of their own. */
export const COMMONJS = "cjs";

const REPOSITORY = "https://github.com/x/eventsource";

/**
 * Runtimes whose `fetch` carries the requests; before "browser" and "node", which some also are.
 */
const WEB_CONDITIONS = ["worker", "edge-light"];
/** Those of them whose `require()` takes ES modules too. */
const ESM_RUNTIMES = ["deno", "bun", "workerd"];
/**
 * Further loaders of which that is true, Node.js and bundlers, by what they alone ask for. It comes
 * before "require": a program that imports and requires has one copy of the classes.
 */
const ESM_CONDITIONS = ["module-sync", "module"];

/** The subpaths that are no module to import, or not from everywhere. */
const MAIN = ".";
const NODE = "./node";
const BROWSER = "./browser";
const WORKERS = "./workers";
export const POLYFILL = "./polyfill";
const CLI = "./cli";

/** Where the package has the polyfill as a script for pages. */
export const SCRIPT = "./dist/eventsource-polyfill.js";

/** Whether an entry has to do without Node.js and without dependencies. */
export function isWebEntry(subpath: string): boolean {
  return subpath !== NODE && subpath !== CLI;
}

/** Whether an entry is the command, not a module. */
export function isCommand(subpath: string): boolean {
  return subpath === CLI;
}

/** Whether an entry imports other entries, whose classes it has in common with them. */
export function isMadeOfOthers(subpath: string): boolean {
  return subpath === POLYFILL || isCommand(subpath);
}

/** A module in package.json's `exports`. */
type Module = { readonly types: string; readonly default: string };
/** What an entry there is: modules by condition. */
type Export = Readonly<Record<string, Module>>;

/** Makes the package.json. */
export function createManifest(
  config: Config,
  dependencies: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const { name, version, license } = config;
  const subpaths = Object.keys(config.exports).filter((subpath) => !isCommand(subpath));

  function moduleOf(subpath: string, folder = MODULES): Module {
    const file = config.exports[subpath];
    if (file === undefined) throw new Error(`deno.json exports no ${JSON.stringify(subpath)}`);
    return { types: compiled(file, ".d.ts", folder), default: compiled(file, ".js", folder) };
  }

  function exported(subpath: string): Export {
    const esm = moduleOf(subpath);
    const commonJs = moduleOf(subpath, COMMONJS);
    return { ...under(ESM_CONDITIONS, esm), require: commonJs, default: esm };
  }

  const main = moduleOf(NODE, COMMONJS);
  const polyfill = config.exports[POLYFILL];
  const command = config.exports[CLI];
  return {
    name,
    version,
    description:
      "EventSource for every JavaScript runtime: the standard's, with headers, bodies, " +
      "proxies, a reconnection policy and errors that say what happened",
    keywords: [
      "eventsource",
      "server-sent-events",
      "sse",
      "event-stream",
      "streaming",
      "whatwg",
      "deno",
      "bun",
      "workers",
      "node",
    ],
    license,
    homepage: `${REPOSITORY}#readme`,
    repository: { type: "git", url: `git+${REPOSITORY}.git` },
    bugs: { url: `${REPOSITORY}/issues` },
    type: "module",
    engines: { node: ">=20.19.0" },
    sideEffects: polyfill === undefined ? false : [compiled(polyfill, ".js"), SCRIPT],
    exports: {
      ".": {
        ...under(ESM_RUNTIMES, moduleOf(MAIN)),
        workerd: moduleOf(WORKERS),
        ...under(WEB_CONDITIONS, exported(WORKERS)),
        browser: exported(BROWSER),
        node: exported(NODE),
        ...exported(MAIN),
      },
      ...Object.fromEntries(
        subpaths.filter((subpath) => subpath !== MAIN).map((
          subpath,
        ) => [subpath, { ...under(ESM_RUNTIMES, moduleOf(subpath)), ...exported(subpath) }]),
      ),
      "./package.json": "./package.json",
    },
    // For what does not look at `exports`: old loaders of CommonJS, and TypeScript for these.
    main: main.default,
    types: main.types,
    // For `<script src>` from a CDN by the package's name.
    ...(polyfill === undefined ? {} : { unpkg: SCRIPT, jsdelivr: SCRIPT }),
    ...(command === undefined ? {} : { bin: { eventsource: compiled(command, ".js") } }),
    files: [
      MODULES,
      COMMONJS,
      "dist",
      "src",
      ...Object.keys(createRedirects(config)),
      ...documents(config),
    ],
    dependencies,
    publishConfig: { access: "public" },
  };
}

/**
 * The package.json of a folder for each subpath, by the folder's name: they lead those to it who do
 * not look at `exports`, such as TypeScript with `moduleResolution: "node10"`.
 */
export function createRedirects(config: Config): Record<string, Record<string, string>> {
  const subpaths = Object.entries(config.exports)
    .filter(([subpath]) => subpath !== MAIN && !isCommand(subpath));
  return Object.fromEntries(subpaths.map(([subpath, file]) => [
    subpath.replace("./", ""),
    {
      main: `.${compiled(file, ".js", COMMONJS)}`,
      types: `.${compiled(file, ".d.ts", COMMONJS)}`,
    },
  ]));
}

/** The same under each of the conditions. */
function under<Value>(conditions: readonly string[], value: Value): Record<string, Value> {
  return Object.fromEntries(conditions.map((condition) => [condition, value]));
}

/** The compiled file of a source file. */
export function compiled(
  file: string,
  extension: ".js" | ".d.ts",
  folder: string = MODULES,
): string {
  return `./${folder}/${file.replace(/^\.\//, "").replace(/\.ts$/, extension)}`;
}
