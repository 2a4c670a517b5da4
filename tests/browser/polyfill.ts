/**
 * The polyfill as the script that pages load.
 *
 * @module
 */

import { buildPolyfill } from "../../scripts/build_polyfill.ts";
import { readConfig, ROOT } from "../../scripts/npm/config.ts";
import { type File, script } from "./site.ts";

/** The script, built for the tests. */
export const POLYFILL: File = await build();

async function build(): Promise<File> {
  const file = new URL(`build/tests/polyfill-${crypto.randomUUID()}.js`, ROOT);
  await buildPolyfill(readConfig(), file);
  const text = await Deno.readTextFile(file);
  await Deno.remove(file);
  await Deno.remove(new URL(`${file.href}.map`));
  return script(text);
}
