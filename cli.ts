/**
 * The command `eventsource URL`: follows a stream of server-sent events from a terminal or a
 * script. It is to be run, not to be imported.
 *
 * @example Run it
 * ```sh
 * deno run -N jsr:@x/eventsource/cli https://example.com/events
 * npx @x/eventsource --json https://example.com/events
 * bunx @x/eventsource --help
 * ```
 *
 * @module
 */

import process from "node:process";
import { main } from "./src/cli/main.ts";

// The command is done, although something, such as a library's timer, may still be pending.
process.exit(await main(process.argv.slice(2)));
