/**
 * The package.json of the npm package: the same, whatever has built the rest.
 *
 * @module
 */

import { type Config, documents } from "./config.ts";

/** The folder of the compiled modules in the package. */
export const MODULES = "esm";

const REPOSITORY = "https://github.com/x/eventsource";

/** Runtimes whose `fetch` carries the requests; before "browser" and "node", which some also are. */
const WEB_CONDITIONS = ["deno", "bun", "workerd", "worker", "edge-light"];

/** The subpaths that are no module to import, or not from everywhere. */
const MAIN = ".";
const NODE = "./node";
const BROWSER = "./browser";
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

/** What an entry of package.json's `exports` is. */
type Export = { readonly types: string; readonly default: string };

/** Makes the package.json. */
export function createManifest(
  config: Config,
  dependencies: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const { name, version, license } = config;
  const subpaths = Object.keys(config.exports).filter((subpath) => !isCommand(subpath));

  function exported(subpath: string): Export {
    const file = config.exports[subpath];
    if (file === undefined) throw new Error(`deno.json exports no ${JSON.stringify(subpath)}`);
    return { types: compiled(file, ".d.ts"), default: compiled(file, ".js") };
  }

  const web = exported(MAIN);
  const node = exported(NODE);
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
        ...Object.fromEntries(WEB_CONDITIONS.map((condition) => [condition, web])),
        browser: exported(BROWSER),
        node,
        default: web,
      },
      ...Object.fromEntries(
        subpaths.filter((subpath) => subpath !== MAIN).map((
          subpath,
        ) => [subpath, exported(subpath)]),
      ),
      "./package.json": "./package.json",
    },
    // For TypeScript projects for Node.js that do not look at `exports`.
    main: node.default,
    types: node.types,
    // For `<script src>` from a CDN by the package's name.
    ...(polyfill === undefined ? {} : { unpkg: SCRIPT, jsdelivr: SCRIPT }),
    ...(command === undefined ? {} : { bin: { eventsource: compiled(command, ".js") } }),
    files: [MODULES, "dist", "src", ...documents(config)],
    dependencies,
    publishConfig: { access: "public" },
  };
}

/** The compiled file of a source file. */
export function compiled(file: string, extension: ".js" | ".d.ts"): string {
  return `./${MODULES}/${file.replace(/^\.\//, "").replace(/\.ts$/, extension)}`;
}
