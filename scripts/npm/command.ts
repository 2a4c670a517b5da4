/**
 * Runs a command that has to succeed.
 *
 * @module
 */

import { execute } from "../processes.ts";

/**
 * Runs it; what it printed.
 *
 * @throws {Error} If it fails; with all that it printed.
 */
export async function run(
  command: readonly string[],
  cwd: URL,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { code, output, errors } = await execute(command, { cwd, env });
  if (code === 0) return output;
  throw new Error(`${command.join(" ")} failed:\n${output}${errors}`);
}
