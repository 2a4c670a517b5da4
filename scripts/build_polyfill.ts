/**
 * Builds the polyfill as one script for pages, with its map: `deno task build:polyfill`.
 *
 * @module
 */

import { readArguments } from "./arguments.ts";
import { type Config, readConfig, ROOT } from "./npm/config.ts";
import { POLYFILL, SCRIPT } from "./npm/manifest.ts";
import { prepare, SOURCE } from "./prepare.ts";

/** The browsers that it is compiled for, as esbuild names them. */
const BASELINE = ["chrome100", "firefox102", "safari16.4"];

/** A script with its map. */
export interface Bundle {
  readonly script: string;
  readonly map: string;
}

/** Makes the script. */
export async function bundlePolyfill(
  { version, license, exports }: Config = readConfig(),
): Promise<Bundle> {
  // Loaded only now: it may not have been downloaded before.
  const { build, stop } = await import("npm:esbuild@^0.28.2");
  const entry = exports[POLYFILL];
  if (entry === undefined) throw new Error(`deno.json exports no ${POLYFILL}`);
  const browser = new URL("browser.ts", ROOT).pathname;
  try {
    const { outputFiles } = await build({
      absWorkingDir: ROOT.pathname,
      entryPoints: [entry],
      // Not written there: the paths in the map are relative to it, as they are in the package.
      outfile: SCRIPT,
      write: false,
      bundle: true,
      minify: true,
      format: "iife",
      platform: "browser",
      target: BASELINE,
      // Pages get the entry that is made for them, as by the package's condition "browser".
      plugins: [{
        name: "browser",
        setup: ({ onResolve }): void => {
          onResolve({ filter: /^\.\/mod\.ts$/ }, () => ({ path: browser }));
        },
      }],
      sourcemap: true,
      sourcesContent: true,
      banner: {
        js: `/*! eventsource-polyfill ${version} | ${license} | ${BASELINE.join(", ")} */`,
      },
      logLevel: "error",
    });
    const [script, map] = ["js", "map"].map((extension) =>
      outputFiles.find(({ path }) => path.endsWith(`.${extension}`))?.text
    );
    if (script === undefined || map === undefined) throw new Error("esbuild made no script or map");
    return { script, map };
  } finally {
    await stop();
  }
}

/** Writes the script to a file, and its map beside it. */
export async function buildPolyfill(config: Config, to: URL): Promise<void> {
  const { script, map } = await bundlePolyfill(config);
  await Deno.mkdir(new URL(".", to), { recursive: true });
  await Deno.writeTextFile(to, script);
  await Deno.writeTextFile(new URL(`${to.href}.map`), map);
}

if (import.meta.main) {
  readArguments({
    command: "deno task build:polyfill",
    about: "Builds the script for pages, build/polyfill/eventsource-polyfill.js, with its map.",
  });
  await prepare([SOURCE]);
  const file = new URL("build/polyfill/eventsource-polyfill.js", ROOT);
  await buildPolyfill(readConfig(), file);
  console.log(`Built ${file.pathname}`);
}
