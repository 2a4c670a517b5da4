/**
 * The ES modules of the built package, put together: a runtime reads a few files then, not forty, and
 * starts in two thirds of the time.
 *
 * @module
 */

import type { OutputFile } from "npm:esbuild@^0.28.2";
import { type Config, PACKAGE } from "./config.ts";
import { compiled, isMadeOfOthers, MODULES } from "./manifest.ts";

/**
 * Bundles them in place. What several entries import is in files of its own, so that they have their
 * classes in common, and a bundler can leave out what a program does not use.
 */
export async function bundleModules(config: Config): Promise<void> {
  // Loaded only now: it may not have been downloaded before.
  const { build, stop } = await import("npm:esbuild@^0.28.2");
  // Entries made of others import those as they are. Bundled with them, they would cut what these
  // have in common into more files, and each takes Bun half a millisecond to load.
  const entries = (isOfOthers: boolean): string[] =>
    Object.entries(config.exports)
      .filter(([subpath]) => isMadeOfOthers(subpath) === isOfOthers)
      .map(([, file]) => compiled(file, ".js"));
  const hasMaps = entries(false).some((entry) => isFile(new URL(`${entry}.map`, PACKAGE)));
  const replaced = new Set<string>();
  const made: OutputFile[] = [];
  try {
    for (const isOfOthers of [false, true]) {
      const { metafile, outputFiles } = await build({
        absWorkingDir: PACKAGE.pathname,
        entryPoints: entries(isOfOthers),
        bundle: true,
        splitting: true,
        format: "esm",
        platform: "node",
        // Neither is a concern of this step.
        target: "esnext",
        packages: "external",
        external: isOfOthers ? entries(false) : [],
        outdir: MODULES,
        chunkNames: "shared/[name]-[hash]",
        // Tells Bun to run the files as they are. Where its transpiler has no cache yet, in a new
        // container, it would take five milliseconds, a fifth of the time to the first event.
        banner: { js: "// @bun" },
        // Only so are constants written where they are used: a page's bundler cannot do that across
        // the files, and would take 40 bytes more.
        minifySyntax: true,
        // Through those of the modules, to the source.
        sourcemap: hasMaps,
        write: false,
        metafile: true,
        logLevel: "error",
      });
      for (const file of Object.keys(metafile.inputs)) replaced.add(file);
      made.push(...outputFiles);
    }
  } finally {
    await stop();
  }
  for (const file of replaced) {
    await Deno.remove(new URL(file, PACKAGE));
    if (hasMaps) await Deno.remove(new URL(`${file}.map`, PACKAGE)).catch(() => {});
  }
  for (const { path, contents } of made) {
    await Deno.mkdir(path.replace(/[^/]*$/, ""), { recursive: true });
    await Deno.writeFile(path, contents);
  }
}

function isFile(file: URL): boolean {
  try {
    return Deno.statSync(file).isFile;
  } catch {
    return false;
  }
}
