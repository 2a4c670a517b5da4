/**
 * Installs the built package as its users do: from the tarball, with its dependencies, into an
 * empty project.
 *
 * @module
 */

import { pathToFileURL } from "node:url";
import { run } from "./command.ts";
import { readConfig } from "./config.ts";

/**
 * Makes a project in the system's folder for temporary files; the caller removes it.
 *
 * @param tarball The path of the package.
 * @param bun The path of Bun, whose installer there is on every platform.
 * @returns The project's folder.
 */
export async function installPackage(tarball: string, bun: string): Promise<URL> {
  // Far from the repository: nothing may be found in a folder above.
  const folder = pathToFileURL(`${await Deno.realPath(await Deno.makeTempDir())}/`);
  await Deno.writeTextFile(
    new URL("package.json", folder),
    JSON.stringify({
      private: true,
      type: "module",
      dependencies: { [readConfig().name]: `file:${tarball}` },
    }),
  );
  await run([bun, "install", "--silent"], folder);
  return folder;
}
