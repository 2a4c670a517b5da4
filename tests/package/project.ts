/**
 * Projects of their own that use the package as it was packed, and that vanish with the tests.
 *
 * @module
 */

import { cp } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { type Outcome, runCommand } from "../command.ts";
import { folderOf } from "./tools.ts";

/** The project that the runner has made. */
const ORIGINAL = new URL(Deno.env.get("TEST_PROJECT")!);

/** A project with the package installed. */
export class Project {
  readonly folder: URL;

  /** Made by {@linkcode createProject} alone. */
  constructor(folder: URL) {
    this.folder = folder;
    globalThis.addEventListener(
      "unload",
      () => Deno.removeSync(folder, { recursive: true }),
    );
  }

  /** Writes a file; its path. */
  write(name: string, text: string): string {
    const file = new URL(name, this.folder);
    Deno.writeTextFileSync(file, text);
    return file.pathname;
  }

  /** Lets the project have a library that the tests have installed. */
  link(name: string, installed: string): void {
    const place = new URL(`node_modules/${name}`, this.folder);
    Deno.mkdirSync(new URL(".", place), { recursive: true });
    Deno.symlinkSync(folderOf(installed), place);
  }

  /** Runs a program in the project. */
  run(command: readonly string[]): Promise<Outcome> {
    return runCommand(command, this.folder);
  }
}

/** Copies the project into which the package was installed. */
export async function createProject(): Promise<Project> {
  // Far from the repository: nothing may be found in a folder above.
  const folder = pathToFileURL(`${await Deno.realPath(await Deno.makeTempDir())}/`);
  // Not the bundled tests of other runs, which lie there too.
  for (const name of ["package.json", "node_modules"]) {
    const options = { recursive: true, verbatimSymlinks: true };
    await cp(new URL(name, ORIGINAL), new URL(name, folder), options);
  }
  return new Project(folder);
}
