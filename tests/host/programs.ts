/**
 * Programs in processes of their own: unbuilt TypeScript on every runtime that runs it.
 *
 * @module
 */

import { runtimes } from "../../scripts/runtimes.ts";
import { test } from "../harness.ts";

/** How long a program may take, in milliseconds. */
const PATIENCE = 20_000;

/** How each runtime is told to run a program; `undefined` where it is not to be had. */
const COMMANDS: Readonly<Record<string, readonly string[] | undefined>> = {
  // The one permission that the core needs: whatever asks for another fails.
  deno: [Deno.execPath(), "run", "--no-prompt", "--allow-net"],
  ...Object.fromEntries(["22", "24", "26"].map((major) => {
    const binary = runtimes.node(major);
    return [`node-${major}`, binary === undefined ? undefined : [binary]];
  })),
  bun: [runtimes.bun],
};

/** A line that a program has printed, and when it came. */
export interface Line {
  readonly text: string;
  readonly at: number;
}

/** What a program did. */
export interface Outcome {
  readonly lines: readonly Line[];
  readonly code: number;
  /** When the process ended, on the clock of the lines. */
  readonly endedAt: number;
  /** All of it in words, for the message of an assertion. */
  readonly report: string;
}

/** Runs a file of tests/host/children. A process that outlives the patience is killed: code 137. */
export type Run = (file: string, ...args: readonly string[]) => Promise<Outcome>;

/** Adds a test for each runtime. */
export function testPrograms(name: string, body: (run: Run) => Promise<void>): void {
  for (const [runtime, command] of Object.entries(COMMANDS)) {
    const options = command === undefined
      ? { skip: { host: "npm has no binary of Node.js for this platform" } }
      : {};
    test(`${name} [${runtime}]`, () => body((...args) => execute(command ?? [], ...args)), options);
  }
}

async function execute(
  [binary = "", ...flags]: readonly string[],
  file: string,
  ...args: readonly string[]
): Promise<Outcome> {
  const path = new URL(`children/${file}`, import.meta.url).pathname;
  const child = new Deno.Command(binary, {
    args: [...flags, path, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
  const [lines, complaints, { code, endedAt }] = await Promise.all([
    readLines(child.stdout),
    readLines(child.stderr),
    child.status.then(({ code }) => ({ code, endedAt: performance.now() })),
  ]);
  clearTimeout(timer);
  const texts = [...lines, ...complaints].map(({ text }) => text);
  return { lines, code, endedAt, report: `exit code ${code}, printed:\n${texts.join("\n")}` };
}

async function readLines(stream: ReadableStream<Uint8Array>): Promise<Line[]> {
  const lines: Line[] = [];
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const texts = (rest + chunk).split("\n");
    rest = texts.pop() ?? "";
    const at = performance.now();
    lines.push(...texts.map((text) => ({ text, at })));
  }
  if (rest !== "") lines.push({ text: rest, at: performance.now() });
  return lines;
}
