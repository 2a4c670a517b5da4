/**
 * The runtimes that the tests run on, brought from npm by the lock file in tests/runtimes.
 *
 * @module
 */

import { createRequire } from "node:module";

const FOLDER = new URL("../tests/runtimes/", import.meta.url);

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
  // Downloads are cached: a second call costs a fraction of a second.
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--frozen", "--quiet"],
    cwd: FOLDER,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new Error(`Cannot install the runtimes: ${new TextDecoder().decode(stderr)}`);
  }
  const { os } = Deno.build;
  const arch = Deno.build.arch === "x86_64" ? "x64" : "arm64";
  const bunArch = arch === "arm64" ? "aarch64" : arch;
  const isLinuxX64 = os === "linux" && arch === "x64";
  const exe = os === "windows" ? ".exe" : "";
  return {
    node: (major) =>
      isLinuxX64 ? new URL(`node_modules/node-${major}/bin/node`, FOLDER).pathname : undefined,
    bun: binaryOf("bun", `@oven/bun-${os}-${bunArch}/bin/bun${exe}`),
    oldestBun: binaryOf("bun-oldest", `@oven/bun-${os}-${bunArch}/bin/bun${exe}`),
    oldestDeno: isLinuxX64 ? new URL("node_modules/deno-oldest/deno", FOLDER).pathname : undefined,
    workerd: binaryOf(
      "workerd",
      `@cloudflare/workerd-${os}-${arch === "x64" ? "64" : arch}/bin/workerd${exe}`,
    ),
  };
}

/** The binary in the platform's package, which the package of that name depends on. */
function binaryOf(name: string, binary: string): string {
  const folder = Deno.realPathSync(new URL(`node_modules/${name}`, FOLDER));
  return createRequire(`${folder}/package.json`).resolve(binary);
}
