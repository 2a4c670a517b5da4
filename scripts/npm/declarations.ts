/**
 * The declarations of the built package: that they are there, and what they need of TypeScript.
 *
 * @module
 */

import { type Config, PACKAGE } from "./config.ts";
import { COMMONJS, compiled, isCommand, MODULES, POLYFILL } from "./manifest.ts";

/**
 * `Symbol.dispose` is in no library that a consumer loads by default. JSR takes no such reference,
 * so that only the npm package has it.
 */
const REFERENCE = '/// <reference lib="esnext.disposable" />\n';

/** What the polyfill's declarations say besides: JSR takes no declarations of globals either. */
const GLOBALS = `
import type { EventSource, EventSourceConstructor } from "./mod.js";

declare global {
  /** A client for server-sent events: this library's \`EventSource\`. */
  interface EventSourcePolyfill<
    Events extends { [Type in keyof Events]: string } = Record<never, string>,
  > extends EventSource<Events> {}
  var EventSourcePolyfill: EventSourceConstructor;
}
`;

/** Those of the polyfill as CommonJS: globals are declared once, for both kinds of modules. */
const COMMONJS_POLYFILL = `/// <reference path="../${MODULES}/polyfill.d.ts" />\nexport {};\n`;

/**
 * Checks that every export has its declarations, and what they import, completes them, and copies
 * them to the CommonJS modules.
 *
 * @throws {Error} If one is missing.
 */
export async function finishDeclarations(config: Config): Promise<void> {
  const pending = Object.entries(config.exports)
    .filter(([subpath]) => !isCommand(subpath))
    .map(([, file]) => new URL(compiled(file, ".d.ts"), PACKAGE));
  const seen = new Set<string>();
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    if (seen.has(file.href)) continue;
    seen.add(file.href);
    const text = await Deno.readTextFile(file).catch(() => {
      throw new Error(`The package lacks ${file!.href.slice(PACKAGE.href.length)}`);
    });
    for (const [, specifier = ""] of text.matchAll(/(?:from|import)\s*\(?"(\.[^"]+)\.js"/g)) {
      pending.push(new URL(`${specifier}.d.ts`, file));
    }
    if (text.includes("[Symbol.dispose]")) await prepend(file, text);
  }
  for (const href of seen) {
    await copy(href);
    await copy(`${href}.map`).catch(ignoreMissing);
  }
  const polyfill = config.exports[POLYFILL];
  if (polyfill !== undefined) {
    const file = new URL(compiled(polyfill, ".d.ts"), PACKAGE);
    await Deno.writeTextFile(file, GLOBALS, { append: true });
    const commonJs = new URL(compiled(polyfill, ".d.ts", COMMONJS), PACKAGE);
    await Deno.writeTextFile(commonJs, COMMONJS_POLYFILL);
    await Deno.remove(new URL(`${commonJs.href}.map`)).catch(ignoreMissing);
  }
}

/** Copies a file to the same place among the CommonJS modules. */
async function copy(href: string): Promise<void> {
  const path = href.slice(new URL(`${MODULES}/`, PACKAGE).href.length);
  const to = new URL(`${COMMONJS}/${path}`, PACKAGE);
  await Deno.mkdir(new URL(".", to), { recursive: true });
  await Deno.copyFile(new URL(href), to);
}

/** Adds the reference, and a line to the map. */
async function prepend(file: URL, text: string): Promise<void> {
  await Deno.writeTextFile(file, REFERENCE + text);
  const mapFile = new URL(`${file.href}.map`);
  try {
    const map = JSON.parse(await Deno.readTextFile(mapFile));
    await Deno.writeTextFile(mapFile, JSON.stringify({ ...map, mappings: `;${map.mappings}` }));
  } catch (error) {
    ignoreMissing(error);
  }
}

/** Only dnt makes maps. */
function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
