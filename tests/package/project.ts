/**
 * Projects of their own that use the package as it was packed, and that vanish with the tests.
 *
 * @module
 */

import { tarballPath } from "../../scripts/npm/config.ts";
import { installPackage } from "../../scripts/npm/install.ts";
import { folderOf, runtimes } from "./tools.ts";

/** What a program left behind. */
export interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

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
  async run([command = "", ...args]: readonly string[]): Promise<Outcome> {
    const { code, stdout, stderr } = await new Deno.Command(command, {
      args,
      cwd: this.folder,
      env: { NO_COLOR: "1" },
      signal: AbortSignal.timeout(60_000),
    }).output();
    const decoder = new TextDecoder();
    return {
      code,
      output: decoder.decode(stdout),
      errors: decoder.decode(stderr),
    };
  }
}

/** Installs the package into an empty project. */
export async function createProject(): Promise<Project> {
  return new Project(await installPackage(tarballPath(), runtimes.bun));
}
