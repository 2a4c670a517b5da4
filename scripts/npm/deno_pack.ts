/**
 * Builds the modules of the npm package with `deno pack`, which works without JSR. There are no
 * maps: those that it makes hold the paths of the machine.
 *
 * @module
 */

import { run } from "./command.ts";
import { BUILD, type Config, PACKAGE, ROOT } from "./config.ts";
import { isCommand, MODULES } from "./manifest.ts";

/** Builds from the given source files. */
export async function buildWithDenoPack(config: Config, files: readonly string[]): Promise<void> {
  // A folder of its own holds what belongs to the package, and nothing that happens to lie about.
  const stage = new URL("stage/", BUILD);
  await Deno.mkdir(stage, { recursive: true });
  for (const file of files) {
    await Deno.mkdir(new URL(".", new URL(file, stage)), { recursive: true });
    await Deno.copyFile(new URL(file, ROOT), new URL(file, stage));
  }
  const { name, version, license, exports, imports, compilerOptions } = config;
  const packages = Object.entries(imports).filter(([, target]) => target.startsWith("npm:"));
  await Deno.writeTextFile(
    new URL("deno.json", stage),
    JSON.stringify({
      name,
      version,
      license,
      exports,
      imports: Object.fromEntries(packages),
      compilerOptions,
      publish: { include: files },
    }),
  );
  const packed = new URL("packed.tgz", stage);
  await run([
    Deno.execPath(),
    ...["pack", "--allow-dirty", "--no-source-maps", "--output", packed.pathname],
  ], stage);
  const modules = new URL(`${MODULES}/`, PACKAGE);
  await Deno.mkdir(modules, { recursive: true });
  await run([
    "tar",
    ...["-xzf", packed.pathname, "--strip-components=1", "-C", modules.pathname],
  ], BUILD);
  await Deno.remove(new URL("package.json", modules));
  // `deno pack` leaves JSON modules out, and the command's version comes from this one.
  await Deno.writeTextFile(new URL("deno.json", modules), JSON.stringify({ name, version }));
  for (const [subpath, file] of Object.entries(exports)) {
    if (isCommand(subpath)) await addInterpreter(new URL(file.replace(/\.ts$/, ".js"), modules));
  }
}

/** Has a command run by Node.js. */
async function addInterpreter(file: URL): Promise<void> {
  const text = await Deno.readTextFile(file);
  await Deno.writeTextFile(file, `#!/usr/bin/env node\n${text.replace(/^#!.*\n/, "")}`);
}
