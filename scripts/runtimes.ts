/**
 * The runtimes that the tests run on, brought from npm by the lock files in tests/runtimes.
 *
 * @module
 */

import { createRequire } from "node:module";

const FOLDER = new URL("../tests/runtimes/", import.meta.url);

/** By itself: who runs a Worker needs none of the others, ten times as large. */
const WORKERD_FOLDER = new URL("workerd/", FOLDER);

const EXE = Deno.build.os === "windows" ? ".exe" : "";

/** Where the binaries are. */
export interface Runtimes {
  /** A Node.js of a major version; `undefined` where npm has no binary for this platform. */
  node(major: string): string | undefined;
  readonly bun: string;
  /** The oldest Bun that is supported. */
  readonly oldestBun: string;
  /** The oldest Deno that is supported; `undefined` where npm has no binary for this platform. */
  readonly oldestDeno: string | undefined;
  readonly workerd: string;
}

/** Installs what is missing and tells where everything is. */
export async function installRuntimes(): Promise<Runtimes> {
  const [workerd] = await Promise.all([installWorkerd(), install(FOLDER)]);
  const { os } = Deno.build;
  const arch = Deno.build.arch === "x86_64" ? "x64" : "arm64";
  const bunArch = arch === "arm64" ? "aarch64" : arch;
  const isLinuxX64 = os === "linux" && arch === "x64";
  const bun = `@oven/bun-${os}-${bunArch}/bin/bun${EXE}`;
  return {
    node: (major) =>
      isLinuxX64 ? new URL(`node_modules/node-${major}/bin/node`, FOLDER).pathname : undefined,
    bun: binaryOf(FOLDER, "bun", bun),
    oldestBun: binaryOf(FOLDER, "bun-oldest", bun),
    oldestDeno: isLinuxX64 ? new URL("node_modules/deno-oldest/deno", FOLDER).pathname : undefined,
    workerd,
  };
}

/** Installs workerd alone, if it is missing, and tells where it is. */
export async function installWorkerd(): Promise<string> {
  await install(WORKERD_FOLDER);
  const arch = Deno.build.arch === "x86_64" ? "64" : "arm64";
  const binary = `@cloudflare/workerd-${Deno.build.os}-${arch}/bin/workerd${EXE}`;
  return binaryOf(WORKERD_FOLDER, "workerd", binary);
}

/** Installs what the lock file of a folder says. */
async function install(folder: URL): Promise<void> {
  // Downloads are cached: a second call costs a fraction of a second.
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--frozen", "--quiet"],
    cwd: folder,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new Error(`Cannot install the runtimes: ${new TextDecoder().decode(stderr)}`);
  }
}

/** The binary in the platform's package, which the package of that name depends on. */
function binaryOf(folder: URL, name: string, binary: string): string {
  const place = Deno.realPathSync(new URL(`node_modules/${name}`, folder));
  return createRequire(`${place}/package.json`).resolve(binary);
}
