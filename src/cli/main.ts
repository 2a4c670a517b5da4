/**
 * The command: arguments in, an exit code out.
 *
 * @module
 */

import process from "node:process";
import config from "../../deno.json" with { type: "json" };
import { visible } from "../shown.ts";
import { HELP, readArguments, UsageError } from "./arguments.ts";
import { CommandError, follow } from "./follow.ts";
import { tell } from "./output.ts";

/** Runs the command; the exit code: 0 ended as asked, 1 failed, 2 wrong usage. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const read = readArguments(args);
    if (read === "help") await tell(process.stdout, `${HELP}\n`);
    else if (read === "version") await tell(process.stdout, `${config.version}\n`);
    else await follow(read);
    return 0;
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof CommandError)) throw error;
    const text = error.message.split("\n").map(visible).join("\n");
    await tell(process.stderr, `eventsource: ${text}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}
