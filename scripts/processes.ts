/**
 * Commands in processes of their own. Whatever ends one, a time limit or the end of this process,
 * ends all that it has started too: each has a process group. This holds for SIGKILL as well, which
 * a process cannot handle: another process watches.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";

/** How long a process that is asked to end may take, in milliseconds. */
const GRACE = 2_000;

const IS_WINDOWS = Deno.build.os === "windows";

/** How systems and terminals end a program; Windows knows the first alone. */
export const SIGNALS: readonly Deno.Signal[] = IS_WINDOWS
  ? ["SIGINT"]
  : ["SIGINT", "SIGTERM", "SIGHUP"];

/** How a command is run. */
export interface CommandOptions {
  readonly cwd: URL;
  /** Variables besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long it may take, in milliseconds. Default: as long as it takes. */
  readonly patience?: number;
}

/** What a command left behind. */
export interface Outcome {
  /** The exit code; that of the shells, above 128, if a signal ended it. */
  readonly code: number;
  readonly output: string;
  readonly errors: string;
  /** Whether its time limit ended it. */
  readonly isLate: boolean;
}

const running = new Set<ChildProcess>();

/** Starts a command without input, in a process group of its own. Its output is piped. */
export function start(
  [command = "", ...args]: readonly string[],
  { cwd, env }: CommandOptions,
): ChildProcess {
  const child = spawn(command, args, {
    cwd,
    // A backtrace of Deno's own code is of no use here, and without symbols it is empty.
    env: { ...process.env, ...env, NO_COLOR: "1", RUST_BACKTRACE: "0" },
    detached: !IS_WINDOWS,
    stdio: ["ignore", "pipe", "pipe"],
  });
  remember(child);
  if (child.pid !== undefined) {
    const finish = tie(IS_WINDOWS ? child.pid : -child.pid);
    // Others of its group may not end by themselves: workerd waits for its clients.
    child.once("exit", finish);
  }
  // One that cannot be started has no end.
  child.once("error", () => forget(child));
  child.once("close", () => forget(child));
  return child;
}

/**
 * Has a process killed once this one has ended, in whatever way; a negative id is that of a group.
 *
 * @returns What kills it at once, and ends the watch.
 */
export function tie(id: number): () => void {
  if (IS_WINDOWS) return () => {};
  // Its input ends with this process. In a group of its own: a terminal signals whole groups.
  const watch = spawn("sh", ["-c", `read -r _; kill -KILL ${id}`], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watch.unref();
  return () => void watch.stdin.end();
}

/** Runs a command to its end. */
export async function execute(
  command: readonly string[],
  options: CommandOptions,
): Promise<Outcome> {
  const child = start(command, options);
  const { patience } = options;
  let isLate = false;
  const timer = patience === undefined ? undefined : setTimeout(() => {
    isLate = true;
    end(child);
  }, patience);
  try {
    const [output, errors, code] = await Promise.all([
      text(child.stdout!),
      text(child.stderr!),
      new Promise<number>((resolve, reject) => {
        child.once("error", reject);
        child.once("exit", (code, signal) => resolve(code ?? codeOf(signal)));
      }),
    ]);
    return { code, output, errors, isLate };
  } finally {
    clearTimeout(timer);
  }
}

/** Asks a process to end, with all that it has started; one that does not is killed. */
export function end(child: ChildProcess): void {
  signalGroup(child, "SIGTERM");
  const timer = setTimeout(() => signalGroup(child, "SIGKILL"), GRACE);
  child.once("close", () => clearTimeout(timer));
}

function signalGroup(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    if (IS_WINDOWS) child.kill(signal);
    else process.kill(-child.pid!, signal);
  } catch (error) {
    // Nobody of the group is left.
    if ((error as { code?: string }).code !== "ESRCH") throw error;
  }
}

/** Ends all processes, and then this one. */
function stop(signal: Deno.Signal): void {
  endAll();
  setTimeout(() => {
    for (const child of running) signalGroup(child, "SIGKILL");
    try {
      Deno.exit(codeOf(signal));
    } catch {
      // Tests may not call it.
      process.kill(process.pid, "SIGKILL");
    }
  }, GRACE / 2);
}

function endAll(): void {
  for (const child of running) signalGroup(child, "SIGTERM");
}

globalThis.addEventListener("unload", endAll);

const stoppers = SIGNALS.map((signal) => [signal, () => stop(signal)] as const);

/** Takes part in what signals do only while there are processes to end. */
function remember(child: ChildProcess): void {
  if (running.size === 0) {
    for (const [signal, listener] of stoppers) Deno.addSignalListener(signal, listener);
  }
  running.add(child);
}

function forget(child: ChildProcess): void {
  if (!running.delete(child) || running.size > 0) return;
  for (const [signal, listener] of stoppers) Deno.removeSignalListener(signal, listener);
}

async function text(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

function codeOf(signal: string | null): number {
  return 128 + ({ SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 }[signal ?? ""] ?? 0);
}
