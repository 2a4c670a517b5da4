/**
 * Tests that are written once and run on every runtime: as tests of `Deno.test` with its leak
 * checks on Deno, of node:test on Node.js and Bun, and of a collector elsewhere. Who runs them is
 * told by tests/runners.
 *
 * @module
 */

import { titleOf } from "./skipped.ts";

/** Servers on TLS, and what belongs to them, in PEM. */
export interface TlsServers {
  /** The runtime has been told to trust the CA of all but two, whose names tell. */
  readonly urls: Readonly<
    Record<
      | "valid"
      | "expired"
      | "wrongName"
      | "unknownCa"
      | "clientCertificate"
      | "optionalCertificate"
      | "selfSigned",
      string
    >
  >;
  readonly ca: string;
  readonly unknownCa: string;
  /** The certificate of `selfSigned`: a CA's, and a server's. */
  readonly selfSigned: string;
  readonly client: { readonly cert: string; readonly key: string };
  /** A server of HTTP/2, and what makes relays in front of it: see tests/runtimes/servers. */
  readonly http2: { readonly url: string; readonly control: string };
  /** Host and port of a proxy that speaks TLS, and wants credentials. */
  readonly proxy: string;
}

/** What the runner tells the tests. */
export interface TestConfig {
  /** The name of the runtime, such as "deno" or "node-22". */
  readonly runtime: string;
  /** The scripted server, and the same as another origin. */
  readonly server: string;
  readonly otherServer: string;
  /** Where nobody listens. */
  readonly refused: string;
  readonly tls: TlsServers;
  /**
   * Host and port of each proxy, and of the server that tells what has gone through them; and where
   * squid is, which that server starts: empty if it is not on this machine.
   */
  readonly proxies: Readonly<
    Record<
      | "open"
      | "authenticated"
      | "failing"
      | "hanging"
      | "socks"
      | "socksAuthenticated"
      | "control"
      | "squid",
      string
    >
  >;
  /** Only tests whose name holds it are run. */
  readonly filter: string;
  /** How many random streams the property tests read. */
  readonly streams: number;
  /** How many times the resumable stream is cut. */
  readonly cuts: number;
  /** Servers that others have written, by name. */
  readonly interop: Readonly<Record<string, string>>;
}

/** Takes a test; `skip` says why it is not run. */
export type Register = (name: string, run: () => void | Promise<void>, skip?: string) => void;

/** How the runners of other runtimes than Deno leave their part for this module. */
export interface RunnerGlobals {
  testConfig?: TestConfig;
  registerTest?: Register;
}

const globals = globalThis as RunnerGlobals & { Deno?: typeof Deno };

/** What the runner tells. */
export const config: TestConfig = globals.testConfig ??
  JSON.parse(globals.Deno?.env.get("TEST_CONFIG") ?? "null");
if (config === null) throw new Error("Run the tests with: deno task test");

/** Not where tests are about other processes, nor where libraries leave timers behind (SOCKS). */
const isSanitized = /^deno(-oldest)?$/.test(config.runtime);

const register: Register = globals.registerTest ?? ((name, fn, skip) => {
  Deno.test({
    name: titleOf(name, skip),
    fn: async () => await fn(),
    ignore: skip !== undefined,
    // Deno has them off unless asked.
    sanitizeOps: isSanitized,
    sanitizeResources: isSanitized,
  });
});

/** How a test can be kept from running on a runtime that lacks what it needs. */
export interface TestOptions {
  /** By runtime (the part before a dash): why the test is not run there. */
  readonly skip?: Readonly<Record<string, string>>;
}

/** Adds a test. */
export function test(
  name: string,
  run: () => void | Promise<void>,
  { skip = {} }: TestOptions = {},
): void {
  if (!name.includes(config.filter)) return;
  register(name, () => inTime(run), skip[config.runtime] ?? skip[runtimeFamily]);
}

/** How long a test may take, in milliseconds; longer where more was asked for. */
const LIMIT = 120_000 * Math.max(1, config.streams / 3_000, config.cuts / 200);

// Tests put others in their places.
const { setTimeout: startTimer, clearTimeout: stopTimer } = globalThis;

/** Not every runner has a time limit, and one test that waits for ever would end a whole run. */
async function inTime(run: () => void | Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`The test has not ended within ${LIMIT / 1000} s`);
    timer = startTimer(() => reject(error), LIMIT);
  });
  try {
    await Promise.race([run(), late]);
  } finally {
    stopTimer(timer);
  }
}

/** The runtime without its version: "deno", "node", "bun", "workerd". */
export const runtimeFamily: string = config.runtime.split("-")[0] ?? "";

/** The engine of a page that runs the tests: "chromium", "firefox" or "webkit". */
export const engine: string | undefined = runtimeFamily === "browser"
  ? config.runtime.split("-")[1]
  : undefined;

/** Whether the sources of the tests go over node:http, where others go over a `fetch`. */
export const isNodeHttp: boolean = runtimeFamily === "node" && config.runtime !== "node-fetch" ||
  config.runtime.endsWith("-http");

/** Waits for so many milliseconds. */
export function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** How long something may take to come to be, in milliseconds. */
const PATIENCE = 10_000;

/** Waits until something holds. Fails after 10 seconds; `what` says then what it has waited for. */
export async function until(
  what: string | (() => string),
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!await holds()) {
    if (performance.now() > end) {
      throw new Error(`Waited in vain until ${typeof what === "string" ? what : what()}`);
    }
    await delay(2);
  }
}
