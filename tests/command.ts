/**
 * Commands in processes of their own, from start to end.
 *
 * @module
 */

import { execute } from "../scripts/processes.ts";

/** What a command left behind. */
export interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/**
 * Runs a command in a folder, without input.
 *
 * @throws {Error} If it takes longer than `patience`, in ms; it is ended then.
 */
export async function runCommand(
  command: readonly string[],
  cwd: URL,
  patience: number = 60_000,
): Promise<Outcome> {
  const outcome = await execute(command, { cwd, patience });
  if (!outcome.isLate) return outcome;
  throw new Error(
    `Waited in vain for ${patience / 1000} s until this ended: ${command.join(" ")}\n` +
      `It had printed:\n${outcome.output}${outcome.errors}`,
  );
}
