/**
 * The example of a Worker, running in workerd.
 *
 * @module
 */

import { runtimes } from "../../scripts/runtimes.ts";
import {
  bundleWorker,
  type Compatibility,
  NEWEST_WORKERS,
  type RunningWorker,
  startWorker,
  WORKERS,
} from "../../scripts/workerd.ts";
import { test, until } from "../harness.ts";

const { workerd } = runtimes;
const module = await bundleWorker(new URL("../../examples/worker/worker.ts", import.meta.url));

/** Another Worker in the example's place. */
export interface Replacement {
  readonly text: string;
  readonly v8Flags?: readonly string[];
  /** The path of a socket at which it listens too. */
  readonly socket?: string;
}

/** What the Worker is told, if it is not told otherwise. */
const VARS = {
  UPSTREAM_TOKEN: "secret",
  WAIT: 5000,
  KEPT: 100,
  RELAYS: 1,
  READERS: 1000,
  HEARTBEAT: 15_000,
  LINGER: 60_000,
  ORIGINS: "",
};

/** What it can be told; `undefined` takes away what it would be told. */
export type Vars = { readonly [Name in keyof typeof VARS]?: (typeof VARS)[Name] | undefined };

/** A Worker that can be started again, with what it has stored. */
export interface Example extends AsyncDisposable {
  readonly url: string;
  /** The id of workerd's process. */
  readonly pid: number;
  /** All that workerd has printed since its last start. */
  readonly output: string;
  /** Waits until workerd, since its last start, has printed a text. Fails after 10 seconds. */
  printed(text: string): Promise<void>;
  /** Kills workerd. */
  kill(): Promise<void>;
  /** Starts it again, on the same port. */
  start(): Promise<void>;
}

/** Starts the example. */
export async function startExample(
  compatibility: Compatibility,
  vars: Vars & { readonly UPSTREAM: string },
  replacement?: Replacement,
): Promise<Example> {
  const text = replacement === undefined ? module : await bundleWorker(replacement.text);
  const folder = await Deno.makeTempDir();
  let worker: RunningWorker | undefined;
  const start = async (): Promise<void> => {
    worker = await startWorker({
      workerd,
      module: text,
      compatibility,
      flags: flagsOf(compatibility),
      v8Flags: replacement?.v8Flags ?? [],
      socket: replacement?.socket,
      vars: { ...VARS, ...vars },
      objects: { LOG: "Log", RELAY: "Relay" },
      folder,
      ...(worker === undefined ? {} : { port: worker.port }),
    });
  };
  await start();
  return {
    get url(): string {
      return worker!.url;
    },
    get pid(): number {
      return worker!.pid;
    },
    get output(): string {
      return worker!.output;
    },
    async printed(text): Promise<void> {
      await until(() => `"${text}" is in "${worker!.output}"`, () => worker!.output.includes(text));
    },
    kill: () => worker!.kill(),
    start,
    async [Symbol.asyncDispose](): Promise<void> {
      await worker!.kill();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** What comes with the date of wrangler.jsonc, for an older one. */
function flagsOf({ date }: Compatibility): string[] {
  return [
    ...(date >= "2024-12-16" ? [] : ["fixup-transform-stream-backpressure"]),
    ...(date >= "2026-11-17" ? [] : ["enable_request_signal"]),
  ];
}

/**
 * The oldest date without Node.js's modules, and the newest with them: for tests of the feed, to
 * which these make no difference.
 */
export const DATES: typeof WORKERS = Object.fromEntries(
  Object.entries(WORKERS).filter(([, { date, nodeCompat }]) =>
    nodeCompat === (date === NEWEST_WORKERS)
  ),
);

/** Adds a test for each compatibility. */
export function testWorkers(
  name: string,
  body: (compatibility: Compatibility) => Promise<void>,
  compatibilities: typeof WORKERS = WORKERS,
): void {
  for (const [runtime, compatibility] of Object.entries(compatibilities)) {
    test(`Worker: ${name} [${runtime}]`, () => body(compatibility));
  }
}
