/**
 * Sizes of bundles: minified by one bundler, and compressed by gzip at its best.
 *
 * @module
 */

import { gzipSync } from "node:zlib";
import { ROOT } from "../npm/config.ts";
import { BENCH, bundle } from "./processes.ts";

/** What is bundled, as a page would import it. */
const ENTRIES: Readonly<Record<string, string>> = {
  "ours: the web core (workers.ts)": `export * from "../workers.ts";`,
  "ours: the same with Deno's and Bun's transports (mod.ts)": `export * from "../mod.ts";`,
  "ours: the same for pages (browser.ts)": `export * from "../browser.ts";`,
  "ours: the parser alone (createParser)": `export { createParser } from "../parser.ts";`,
  "ours: the parser and its stream (parser.ts)": `export * from "../parser.ts";`,
  "ours: the polyfill (a script)": `import "../npm/dist/eventsource-polyfill.js";`,
  "eventsource": `export * from "eventsource";`,
  "eventsource-client": `export * from "eventsource-client";`,
  "eventsource-parser": `export { createParser } from "eventsource-parser";`,
  "eventsource-parser and its stream":
    `export * from "eventsource-parser"; export * from "eventsource-parser/stream";`,
  "fetch-event-stream": `export * from "fetch-event-stream";`,
  "@microsoft/fetch-event-source": `export * from "@microsoft/fetch-event-source";`,
  "event-source-polyfill": `import "event-source-polyfill";`,
};

/** The bundle of the web core, by the name it has in the results. */
export const CORE = "ours: the web core (workers.ts)";
/** The bundle for pages. */
export const PAGE = "ours: the same for pages (browser.ts)";
/** That of the parser. */
export const PARSER = "ours: the parser alone (createParser)";

/** The size of a bundle, in bytes. */
export interface Size {
  readonly minified: number;
  readonly compressed: number;
  /** How many bytes of the minified bundle each file takes. */
  readonly parts: ReadonlyMap<string, number>;
}

/** Bundles everything there is. */
export async function measureSizes(): Promise<Map<string, Size>> {
  const sizes = new Map<string, Size>();
  for (const [name, text] of Object.entries(ENTRIES)) {
    const own = /"\.\.\/(.*)"/.exec(text)?.[1];
    if (own !== undefined && !await exists(new URL(own, ROOT))) continue;
    const { text: code, parts } = await bundle(text);
    const bytes = new TextEncoder().encode(code);
    sizes.set(name, {
      minified: bytes.length,
      compressed: gzipSync(bytes, { level: 9 }).length,
      parts: new Map(parts),
    });
  }
  return sizes;
}

/** The versions of the packages that are compared. */
export async function packageVersions(): Promise<Record<string, string>> {
  const { dependencies } = JSON.parse(await Deno.readTextFile(new URL("package.json", BENCH)));
  return dependencies;
}

async function exists(file: URL): Promise<boolean> {
  try {
    await Deno.stat(file);
    return true;
  } catch {
    return false;
  }
}
