/**
 * Runs a command that has to succeed.
 *
 * @module
 */

/**
 * Runs it; what it printed.
 *
 * @throws {Error} If it fails; with all that it printed.
 */
export async function run(
  [command = "", ...args]: readonly string[],
  cwd: URL,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const { stdout, stderr, success } = await new Deno.Command(command, {
    args,
    cwd,
    env: { ...env, NO_COLOR: "1" },
  }).output();
  const decoder = new TextDecoder();
  const output = decoder.decode(stdout);
  if (success) return output;
  throw new Error(`${command} ${args.join(" ")} failed:\n${output}${decoder.decode(stderr)}`);
}
