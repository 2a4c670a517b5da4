/**
 * Commands in processes of their own, from start to end.
 *
 * @module
 */

/** What a command left behind. */
export interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/** Runs a command in a folder, without input. One that outlives `patience`, in ms, is ended. */
export async function runCommand(
  [command = "", ...args]: readonly string[],
  cwd: URL,
  patience: number = 60_000,
): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args,
    cwd,
    env: { NO_COLOR: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(patience),
  }).output();
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout), errors: decoder.decode(stderr) };
}
