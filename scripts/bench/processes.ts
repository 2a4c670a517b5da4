/**
 * The measured processes, and the server that they talk to.
 *
 * @module
 */

import type { Measurement } from "../../bench/child.ts";
import { ROOT } from "../npm/config.ts";

/** The folder of the programs, with the packages that are compared. */
export const BENCH: URL = new URL("bench/", ROOT);

/** How long one measurement may take, in milliseconds. */
const PATIENCE = 60_000;

/** What runs a program of the folder. */
export interface Runtime {
  readonly name: string;
  /** Its version, for the results. */
  readonly version: string;
  /** The command that a program's path follows. */
  readonly command: readonly [string, ...string[]];
}

/** A measured process, which measures when it is asked to. */
export interface Side {
  readonly name: string;
  measure(command: unknown): Promise<Measurement>;
  stop(): Promise<void>;
}

/** What went wrong in a process that goes on. */
export class MeasurementError extends Error {}

/** Starts a program that answers each line of JSON with another. */
export async function startSide(
  { command: [binary, ...options] }: Runtime,
  program: string,
  name: string,
  ...args: readonly string[]
): Promise<Side> {
  const child = new Deno.Command(binary, {
    args: [...options, program, name, ...args],
    cwd: BENCH,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  const input = child.stdin.getWriter();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(lineStream())
    .getReader();

  async function answer(): Promise<Measurement> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer in ${PATIENCE / 1000} s`)), PATIENCE);
    });
    const { done, value } = await Promise.race([lines.read(), late])
      .finally(() => clearTimeout(timer));
    if (done) throw new Error(`it ended: ${lastLine(await errors)}`);
    const { error, ...measurement } = JSON.parse(value);
    if (error !== undefined) throw new MeasurementError(error);
    return measurement;
  }

  const side: Side = {
    name,
    async measure(command) {
      await input.write(new TextEncoder().encode(`${JSON.stringify(command)}\n`));
      return await answer();
    },
    async stop() {
      try {
        child.kill();
      } catch {
        // It has ended by itself.
      }
      await input.abort().catch(() => {});
      await lines.cancel().catch(() => {});
      await Promise.all([child.status, errors]);
    },
  };
  try {
    await answer();
  } catch (error) {
    await side.stop();
    throw error;
  }
  return side;
}

/** Runs a program to its end; the line of JSON that it prints. */
export async function runOnce(
  { command: [binary, ...options] }: Runtime,
  program: string,
  ...args: readonly string[]
): Promise<Measurement> {
  const { stdout, stderr, success } = await new Deno.Command(binary, {
    args: [...options, program, ...args],
    cwd: BENCH,
    stdin: "null",
    signal: AbortSignal.timeout(PATIENCE),
  }).output();
  if (!success) throw new Error(lastLine(new TextDecoder().decode(stderr)));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** A running server. */
export interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts the server of the streams. */
export async function startServer(
  { command: [binary, ...options] }: Runtime,
): Promise<Server> {
  const child = new Deno.Command(binary, {
    args: [...options, "server.ts"],
    cwd: BENCH,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).pipeThrough(lineStream())
    .getReader();
  const { value: url } = await lines.read();
  if (url === undefined) throw new Error("The server of the benchmarks ended without a word");
  return {
    url,
    async stop() {
      child.kill();
      await child.stdin.abort().catch(() => {});
      await lines.cancel().catch(() => {});
      await child.status;
    },
  };
}

/** A bundle, and what it is made of. */
export interface Bundle {
  readonly text: string;
  /** How many bytes each file takes. */
  readonly parts: readonly (readonly [file: string, bytes: number])[];
}

/** Bundles and minifies a module that is given as text. */
export async function bundle(text: string): Promise<Bundle> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--allow-all", "bundle.ts"],
    cwd: BENCH,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(text));
  await input.close();
  const { stdout, stderr, success } = await child.output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

function lineStream(): TransformStream<string, string> {
  let rest = "";
  return new TransformStream({
    transform(text, controller): void {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) controller.enqueue(line);
    },
  });
}

/** The last line of what a process has said of its failure, that is not of its stack. */
function lastLine(text: string): string {
  const lines = text.trim().split("\n").filter((line) => /Error/.test(line));
  return lines[0]?.trim() ?? text.trim().split("\n").at(-1) ?? "";
}
