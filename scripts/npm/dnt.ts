/**
 * Builds the modules of the npm package with dnt: compiled by TypeScript, with maps.
 *
 * @module
 */

import { type Config, PACKAGE, ROOT } from "./config.ts";
import { isCommand } from "./manifest.ts";

/** A constant, so that nothing resolves it before it is needed: JSR may be out of reach. */
const DNT: string = "jsr:@deno/dnt@^0.43.2";

/** Types that the compilation needs and its result does not. */
const TYPES = { "@types/node": "26.6.6" };

/** dnt as far as it is used here. */
interface Dnt {
  build(options: Record<string, unknown>): Promise<void>;
}

/** Loads dnt. */
export async function loadDnt(): Promise<Dnt> {
  try {
    return await import(DNT);
  } catch (error) {
    throw new Error(`Cannot load dnt: ${(error as Error).message}`);
  }
}

/** Builds with dnt; `dependencies` are those of the package. */
export async function buildWithDnt(
  dnt: Dnt,
  config: Config,
  dependencies: Readonly<Record<string, string>>,
): Promise<void> {
  const { name, version } = config;
  await dnt.build({
    entryPoints: Object.entries(config.exports).map(([subpath, file]) =>
      isCommand(subpath)
        ? { kind: "bin", name: "eventsource", path: new URL(file, ROOT).pathname }
        : { name: subpath, path: new URL(file, ROOT).pathname }
    ),
    outDir: PACKAGE.pathname,
    importMap: new URL("deno.json", ROOT).pathname,
    shims: {},
    polyfills: false,
    test: false,
    scriptModule: false,
    declaration: "inline",
    declarationMap: true,
    typeCheck: "single",
    compilerOptions: {
      lib: ["ESNext", "DOM", "DOM.Iterable", "DOM.AsyncIterable"],
      target: "ES2022",
      sourceMap: true,
      noUncheckedIndexedAccess: true,
    },
    // Another package.json replaces this one: it is for the compilation alone.
    package: { name, version, dependencies, devDependencies: TYPES },
  });
  for (const leftover of ["node_modules", "package-lock.json", ".npmignore", "esm/package.json"]) {
    await Deno.remove(new URL(leftover, PACKAGE), { recursive: true }).catch(ignoreMissing);
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
