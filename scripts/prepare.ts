/**
 * Brings what a script needs from npm, before it does anything else: in view, and outside of every
 * time limit. What is there already costs a fraction of a second. It can be interrupted and
 * repeated.
 *
 * @module
 */

import { run } from "./npm/command.ts";
import { LOCK, ROOT } from "./npm/config.ts";
import { IS_LINUX_X64 } from "./runtimes.ts";

/** How often it says how far it is, in milliseconds. */
const INTERVAL = 5_000;

/** The packages that are of use on one platform alone. */
const LINUX_X64 = /^tests\/runtimes\/(node-|deno-)/;

/** The packages that modules of the project import, and Deno's bundler. */
export const SOURCE = "deno.json";

/**
 * What can be needed: {@linkcode SOURCE}, or the folder of a package.json with its deno.lock, such
 * as `tests/runtimes/bun`.
 */
export type Need = string;

/** The folder of a runtime, or of another group of packages, in tests/runtimes. */
export function runtime(name: string): Need {
  return `tests/runtimes/${name}`;
}

/** Brings everything; ends the process where that fails. */
export async function prepare(needs: Iterable<Need>): Promise<void> {
  for (const need of new Set(needs)) {
    if (LINUX_X64.test(need) && !IS_LINUX_X64) continue;
    try {
      await bring(need);
    } catch (error) {
      console.error(
        `${(error as Error).message.trimEnd()}\n\n` +
          `${need}: not everything could be downloaded. The same command goes on from there.`,
      );
      Deno.exit(1);
    }
  }
}

async function bring(need: Need): Promise<void> {
  const isSource = need === SOURCE;
  const folder = new URL(isSource ? "./" : `${need}/`, ROOT);
  const installed = new URL("node_modules/", folder);
  // Written last, and compared only to keep quiet where nothing is new.
  const mark = isSource
    ? new URL("build/prepared.lock", ROOT)
    : new URL(".prepared.lock", installed);
  const lock = await Deno.readTextFile(new URL(isSource ? "scripts/deno.lock" : "deno.lock", folder));
  const isNew = await Deno.readTextFile(mark).catch(() => "") !== lock;
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(0)} s`;
  if (isNew) console.error(`Downloading the packages of ${need}`);
  const timer = isNew
    ? setInterval(() => console.error(`  ${seconds()} ...`), INTERVAL)
    : undefined;
  try {
    await (isSource ? cacheSource() : run([Deno.execPath(), "install", "--frozen"], folder));
  } finally {
    clearInterval(timer);
  }
  if (!isNew) return;
  await Deno.mkdir(new URL(".", mark), { recursive: true });
  await Deno.writeTextFile(mark, lock);
  const size = isSource ? "" : `, ${(await sizeOf(installed) / 1e6).toFixed(0)} MB`;
  console.error(`  done after ${seconds()}${size}`);
}

/** Caches the packages of all modules, and has `deno bundle` bring its bundler. */
async function cacheSource(): Promise<void> {
  await run([Deno.execPath(), "cache", LOCK, "scripts", "tests"], ROOT);
  await run([Deno.execPath(), "bundle", "--quiet", LOCK, "parser.ts"], ROOT);
}

/** How many bytes the files of a folder have. */
async function sizeOf(folder: URL): Promise<number> {
  let size = 0;
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const entry = new URL(encodeURIComponent(name), folder);
    if (isDirectory) size += await sizeOf(new URL(`${entry}/`));
    else if (isFile) size += (await Deno.stat(entry)).size;
  }
  return size;
}
