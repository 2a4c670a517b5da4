/**
 * The CommonJS modules of the built package, for loaders whose `require()` takes no ES module: that
 * of Jest, above all.
 *
 * @module
 */

import type { BuildOptions } from "npm:esbuild@^0.28.2";
import { type Config, PACKAGE } from "./config.ts";
import { COMMONJS, compiled, isCommand, MODULES } from "./manifest.ts";

/** What both steps have in common. */
const OPTIONS = {
  absWorkingDir: PACKAGE.pathname,
  platform: "node",
  // The syntax of the ES modules is no concern of this step.
  target: "esnext",
  logLevel: "error",
} satisfies BuildOptions;

/**
 * Makes them of the ES modules, file by file: entries have their modules, and so the classes, in
 * common.
 */
export async function buildCommonJs(config: Config): Promise<void> {
  // Loaded only now: it may not have been downloaded before.
  const { build, stop } = await import("npm:esbuild@^0.28.2");
  const entries = Object.entries(config.exports)
    .filter(([subpath]) => !isCommand(subpath))
    .map(([, file]) => compiled(file, ".js"));
  try {
    const { metafile } = await build({
      ...OPTIONS,
      entryPoints: entries,
      bundle: true,
      packages: "external",
      outdir: COMMONJS,
      write: false,
      metafile: true,
    });
    await build({
      ...OPTIONS,
      entryPoints: Object.keys(metafile.inputs),
      format: "cjs",
      // Which ES modules are without saying so.
      banner: { js: '"use strict";' },
      outbase: MODULES,
      outdir: COMMONJS,
    });
  } finally {
    await stop();
  }
  // The package says of its files that they are ES modules; this says of these that they are not.
  await Deno.writeTextFile(
    new URL(`${COMMONJS}/package.json`, PACKAGE),
    '{ "type": "commonjs" }\n',
  );
}
