/**
 * What the entries of the package are made of.
 *
 * @module
 */

import { run } from "./command.ts";
import { type Config, ROOT } from "./config.ts";
import { isWebEntry } from "./manifest.ts";

/** The files and the dependencies of the package. */
export interface Graph {
  /** The source files, as paths from the project's folder. */
  readonly files: readonly string[];
  /** The npm packages that are imported, with their version ranges. */
  readonly dependencies: Readonly<Record<string, string>>;
}

/** What `deno info --json` tells, as far as it is of interest. */
interface ModuleGraph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly specifier: string;
      readonly code?: { readonly specifier?: string };
    }[];
  }[];
}

/**
 * Collects the files and the dependencies of all entries.
 *
 * @throws {Error} If an entry for the web has a dependency, or an import is of no known kind.
 */
export async function collectGraph(config: Config): Promise<Graph> {
  const files = new Set<string>();
  const dependencies: Record<string, string> = {};
  for (const [subpath, entry] of Object.entries(config.exports)) {
    const output = await run([Deno.execPath(), "info", "--json", entry], ROOT);
    const { modules }: ModuleGraph = JSON.parse(output);
    for (const { specifier, dependencies: imports = [] } of modules) {
      if (!specifier.startsWith(ROOT.href)) continue;
      const file = specifier.slice(ROOT.href.length);
      files.add(file);
      for (const { specifier: imported, code } of imports) {
        const target = code?.specifier;
        if (target === undefined || target.startsWith(ROOT.href)) continue;
        if (isWebEntry(subpath)) {
          throw new Error(`${entry} is for the web, and its ${file} imports ${imported}`);
        }
        if (target.startsWith("node:")) continue;
        const [, name, range] = /^npm:\/?((?:@[^/]+\/)?[^/@]+)@([^/]+)$/.exec(target) ?? [];
        if (name === undefined || range === undefined || imported !== name) {
          throw new Error(`${file} imports ${imported}, which is no npm package by its name`);
        }
        dependencies[name] = range;
      }
    }
  }
  const sorted = Object.entries(dependencies).toSorted(([a], [b]) => a < b ? -1 : 1);
  return { files: [...files].toSorted(), dependencies: Object.fromEntries(sorted) };
}
