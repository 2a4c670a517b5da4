/**
 * The ES modules of the built package, put together: a runtime reads a few files then, not forty, and
 * starts in two thirds of the time.
 *
 * @module
 */

import { type Config, PACKAGE } from "./config.ts";
import { compiled, MODULES } from "./manifest.ts";

/**
 * Bundles them in place. What several entries import is in files of its own, so that they have their
 * classes in common, and a bundler can leave out what a program does not use.
 */
export async function bundleModules(config: Config): Promise<void> {
  // Loaded only now: it may not have been downloaded before.
  const { build, stop } = await import("npm:esbuild@^0.28.2");
  const entries = Object.values(config.exports).map((file) => compiled(file, ".js"));
  const hasMaps = entries.some((entry) => isFile(new URL(`${entry}.map`, PACKAGE)));
  try {
    const { metafile, outputFiles } = await build({
      absWorkingDir: PACKAGE.pathname,
      entryPoints: entries,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      // Neither is a concern of this step.
      target: "esnext",
      packages: "external",
      outdir: MODULES,
      chunkNames: "shared/[name]-[hash]",
      // Through those of the modules, to the source.
      sourcemap: hasMaps,
      write: false,
      metafile: true,
      logLevel: "error",
    });
    for (const file of Object.keys(metafile.inputs)) {
      await Deno.remove(new URL(file, PACKAGE));
      if (hasMaps) await Deno.remove(new URL(`${file}.map`, PACKAGE)).catch(() => {});
    }
    for (const { path, contents } of outputFiles) {
      await Deno.mkdir(path.replace(/[^/]*$/, ""), { recursive: true });
      await Deno.writeFile(path, contents);
    }
  } finally {
    await stop();
  }
}

function isFile(file: URL): boolean {
  try {
    return Deno.statSync(file).isFile;
  } catch {
    return false;
  }
}
