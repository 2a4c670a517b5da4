/**
 * Installs the built package as its users do: from the tarball, with its dependencies, into an
 * empty project.
 *
 * @module
 */

import { run } from "./command.ts";
import { readConfig } from "./config.ts";

/**
 * Makes a folder a project with the package.
 *
 * @param tarball The path of the package.
 * @param installer The command that installs what package.json names.
 */
export async function installPackage(
  tarball: string,
  installer: readonly string[],
  folder: URL,
): Promise<void> {
  await Deno.writeTextFile(
    new URL("package.json", folder),
    JSON.stringify({
      private: true,
      type: "module",
      dependencies: { [readConfig().name]: `file:${tarball}` },
    }),
  );
  await run(installer, folder);
}
