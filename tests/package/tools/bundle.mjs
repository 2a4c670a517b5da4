// Bundles a module with everything that it imports:
// node bundle.mjs <bundler> <browser|node|workerd|edge-light> <module> <file>

import { basename, dirname } from "node:path";

const [bundler, platform, input, output] = process.argv.slice(2);
const isNode = platform === "node";

/** Each bundler as its users set it up: to make one ES module for the platform. */
const bundlers = {
  async esbuild() {
    const { build } = await import("esbuild");
    await build({
      entryPoints: [input],
      outfile: output,
      bundle: true,
      minify: true,
      // The Edge Runtime evaluates scripts.
      format: platform === "edge-light" ? "iife" : "esm",
      platform: isNode ? "node" : "browser",
      ...(isNode || platform === "browser" ? {} : { conditions: [platform] }),
      logLevel: "error",
    });
  },

  async vite() {
    const { build } = await import("vite");
    await build({
      root: dirname(input),
      logLevel: "warn",
      ...(isNode ? { ssr: { noExternal: true } } : {}),
      build: {
        outDir: dirname(output),
        emptyOutDir: false,
        target: "es2022",
        ...(isNode
          ? { ssr: input }
          : { lib: { entry: input, formats: ["es"] } }),
        rolldownOptions: {
          output: { entryFileNames: basename(output), codeSplitting: false },
        },
      },
    });
  },

  async rollup() {
    const { rollup } = await import("rollup");
    const [{ default: nodeResolve }, { default: commonjs }, { default: json }] =
      await Promise.all([
        import("@rollup/plugin-node-resolve"),
        import("@rollup/plugin-commonjs"),
        import("@rollup/plugin-json"),
      ]);
    const bundle = await rollup({
      input,
      plugins: [
        nodeResolve(
          isNode
            ? { preferBuiltins: true, exportConditions: ["node"] }
            : { browser: true, preferBuiltins: false },
        ),
        commonjs(),
        json(),
      ],
      onwarn({ id = "", message }) {
        // Dependencies ask for what need not be there; of that Rollup warns.
        if (id.includes("/@x/eventsource/")) throw new Error(message);
      },
    });
    await bundle.write({
      file: output,
      format: "es",
      inlineDynamicImports: true,
    });
    await bundle.close();
  },

  async webpack() {
    const { default: webpack } = await import("webpack");
    const stats = await new Promise((resolve, reject) => {
      webpack({
        mode: "production",
        target: isNode ? "node20" : ["web", "es2022"],
        entry: input,
        output: {
          path: dirname(output),
          filename: basename(output),
          library: { type: "module" },
          chunkFormat: "module",
        },
        experiments: { outputModule: true },
        plugins: [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })],
      }, (error, result) => error ? reject(error) : resolve(result));
    });
    // Dependencies ask for what need not be there; of that webpack warns.
    const isOurs = ({ moduleName = "" }) => moduleName.includes("/@x/eventsource/");
    if (stats.hasErrors() || stats.toJson().warnings.some(isOurs)) {
      throw new Error(stats.toString());
    }
  },
};

await bundlers[bundler]();
