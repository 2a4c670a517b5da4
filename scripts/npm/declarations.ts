/**
 * The declarations of the built package: that they are there, and what they need of TypeScript.
 *
 * @module
 */

import { type Config, PACKAGE } from "./config.ts";
import { compiled, isCommand, POLYFILL } from "./manifest.ts";

/**
 * `Symbol.dispose` is in no library that a consumer loads by default. JSR takes no such reference,
 * so that only the npm package has it.
 */
const REFERENCE = '/// <reference lib="esnext.disposable" />\n';

/** What the polyfill's declarations say besides: JSR takes no declarations of globals either. */
const GLOBALS = `
import type { EventSourceConstructor, EventSourceInstance, NoEvents } from "./mod.js";

declare global {
  /** A client for server-sent events: this library's \`EventSource\`. */
  interface EventSourcePolyfill<Events extends { [Type in keyof Events]: string } = NoEvents>
    extends EventSourceInstance<Events> {}
  var EventSourcePolyfill: EventSourceConstructor;
}
`;

/**
 * Checks that every export has its declarations, and what they import, and completes them.
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
  const polyfill = config.exports[POLYFILL];
  if (polyfill !== undefined) {
    const file = new URL(compiled(polyfill, ".d.ts"), PACKAGE);
    await Deno.writeTextFile(file, GLOBALS, { append: true });
  }
}

/** Adds the reference, and a line to the map. */
async function prepend(file: URL, text: string): Promise<void> {
  await Deno.writeTextFile(file, REFERENCE + text);
  const mapFile = new URL(`${file.href}.map`);
  try {
    const map = JSON.parse(await Deno.readTextFile(mapFile));
    await Deno.writeTextFile(mapFile, JSON.stringify({ ...map, mappings: `;${map.mappings}` }));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
