/**
 * Projects of their own that use the package as it was packed, and that vanish with the tests.
 *
 * @module
 */

import { tarballPath } from "../../scripts/npm/config.ts";
import { installPackage } from "../../scripts/npm/install.ts";
import { type Outcome, runCommand } from "../command.ts";
import { folderOf, runtimes } from "./tools.ts";

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

/** Installs the package into an empty project. */
export async function createProject(): Promise<Project> {
  return new Project(await installPackage(tarballPath(), runtimes.bun));
}
