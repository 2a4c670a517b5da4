/**
 * Bundles a module with all that it imports, minified for the web, by the same bundler for all:
 * reads the module's text from standard input and writes JSON to standard output: the bundle's
 * text, and how many of its bytes each file takes. Bare names in it are packages of this folder;
 * relative ones start from this folder.
 *
 * @module
 */

import process from "node:process";
import { text } from "node:stream/consumers";
import { load } from "./packages.ts";

interface Esbuild {
  build(options: Readonly<Record<string, unknown>>): Promise<{
    outputFiles: { text: string }[];
    metafile: { outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }> };
  }>;
  stop(): Promise<void>;
}

const { build, stop } = await load<Esbuild>("esbuild");
const { outputFiles: [bundle], metafile } = await build({
  stdin: {
    contents: await text(process.stdin),
    resolveDir: new URL(".", import.meta.url).pathname,
    loader: "ts",
  },
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: "esm",
  platform: "browser",
  logLevel: "error",
});
const [output] = Object.values(metafile.outputs);
const parts = Object.entries(output!.inputs).map(([file, { bytesInOutput }]) => [
  file.replace(/^(\.\.\/)+/, ""),
  bytesInOutput,
]);
process.stdout.write(JSON.stringify({ text: bundle!.text, parts }));
await stop();
