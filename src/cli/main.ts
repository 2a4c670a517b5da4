/**
 * The command: arguments in, an exit code out.
 *
 * @module
 */

import process from "node:process";
import { visible } from "../shown.ts";
import { readArguments } from "./arguments.ts";
import { CommandError, follow } from "./follow.ts";
import { tell } from "./output.ts";
import { HELP, UsageError } from "./usage.ts";
import { version } from "./version.ts";

/** Runs the command; the exit code: 0 ended as asked, 1 failed for good, 2 wrong usage. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const read = readArguments(args);
    if (read === "help") await tell(process.stdout, `${HELP}\n`);
    else if (read === "version") await tell(process.stdout, `${version}\n`);
    else await follow(read);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof CommandError)) throw error;
    await tell(process.stderr, `eventsource: ${visible(error.message)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}
