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
const LINUX_X64 = /^tests\/runtimes\/(node-|deno-|chromium-)/;

/** The packages that scripts and tests import, and Deno's bundler. */
export const SOURCE = "scripts";

/**
 * What can be needed: {@linkcode SOURCE}, or the folder of a package.json, such as
 * `tests/runtimes/bun`. Each has a deno.lock.
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
  const installed = new URL(need === SOURCE ? "build/" : `${need}/node_modules/`, ROOT);
  // Written last, and compared only to keep quiet where nothing is new.
  const mark = new URL(".prepared.lock", installed);
  const lock = await Deno.readTextFile(new URL(`${need}/deno.lock`, ROOT));
  const isNew = await Deno.readTextFile(mark).catch(() => "") !== lock;
  const started = performance.now();
  const seconds = () => `${Math.round((performance.now() - started) / 1000)} s`;
  if (isNew) {
    // The lock names those of all platforms.
    const { length } = Object.keys(JSON.parse(lock).npm);
    console.error(`Downloading the packages of ${need}, ${length} at most`);
  }
  const timer = setInterval(() => console.error(`  ${seconds()} ...`), INTERVAL);
  try {
    await (need === SOURCE ? cacheSource() : install(need));
  } finally {
    clearInterval(timer);
  }
  if (!isNew) return;
  await Deno.mkdir(installed, { recursive: true });
  await Deno.writeTextFile(mark, lock);
  console.error([`  done in ${seconds()}`, ...await contents(installed)].join(", "));
}

async function install(folder: string): Promise<void> {
  await run([Deno.execPath(), "install", "--frozen", "--quiet"], new URL(`${folder}/`, ROOT));
}

/** Caches the packages of all modules, and has `deno bundle` bring its bundler. */
async function cacheSource(): Promise<void> {
  await run([Deno.execPath(), "cache", "--frozen", "--quiet", LOCK, "scripts", "tests"], ROOT);
  await run([Deno.execPath(), "bundle", "--quiet", LOCK, "parser.ts"], ROOT);
}

/** How large a node_modules is, in words; of another folder, nothing. */
async function contents(folder: URL): Promise<string[]> {
  const packages = new URL(".deno/", folder);
  const isThere = await Deno.stat(packages).then(() => true, () => false);
  return isThere ? [`${Math.round(await sizeOf(packages) / 1e6)} MB`] : [];
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
