/**
 * What deno.json says about the package, and where the build of the npm package puts what it makes.
 *
 * @module
 */

/** The project's folder. */
export const ROOT: URL = new URL("../../", import.meta.url);
/**
 * The option for all that imports what only scripts and tests need: deno.lock has what comes with
 * every task, the demo included.
 */
export const LOCK: string = `--lock=${new URL("scripts/deno.lock", ROOT).pathname}`;
/** The folder of the package as it is published. */
export const PACKAGE: URL = new URL("npm/", ROOT);
/** Where what leads to it goes, and the tarball. */
export const BUILD: URL = new URL("build/npm/", ROOT);

/** The members of deno.json that the package is made of. */
export interface Config {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** Subpaths, such as "./parser", with the file of each. */
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
  readonly compilerOptions: Readonly<Record<string, unknown>>;
  readonly publish: { readonly include: readonly string[] };
}

/** Reads deno.json. */
export function readConfig(): Config {
  return JSON.parse(Deno.readTextFileSync(new URL("deno.json", ROOT)));
}

/** The documents that go with the modules, for people: files, and folders of them. */
export function documents({ publish }: Config): string[] {
  return publish.include.filter((path) => path !== "src" && !path.endsWith(".ts"));
}

/** Where the tarball is, once it has been built. */
export function tarballPath({ name, version }: Config = readConfig()): string {
  return new URL(`${name.replace("@", "").replace("/", "-")}-${version}.tgz`, BUILD).pathname;
}
