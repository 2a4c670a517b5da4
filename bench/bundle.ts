/**
 * Bundles a module with all that it imports, minified for the web, by the same bundler for all: reads
 * the module's text from standard input and writes the bundle to standard output. Bare names in it
 * are packages of this folder; relative ones start from this folder.
 *
 * @module
 */

import process from "node:process";
import { text } from "node:stream/consumers";
import { load } from "./packages.ts";

interface Esbuild {
  build(options: Readonly<Record<string, unknown>>): Promise<{ outputFiles: { text: string }[] }>;
  stop(): Promise<void>;
}

const { build, stop } = await load<Esbuild>("esbuild");
const { outputFiles: [bundle] } = await build({
  stdin: {
    contents: await text(process.stdin),
    resolveDir: new URL(".", import.meta.url).pathname,
    loader: "ts",
  },
  bundle: true,
  minify: true,
  write: false,
  format: "esm",
  platform: "browser",
  logLevel: "error",
});
process.stdout.write(bundle!.text);
await stop();
