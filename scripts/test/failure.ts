/**
 * How a failed test is shown to a person.
 *
 * @module
 */

import { ROOT } from "../npm/config.ts";

/** The lines of a message that are shown at most, and those of a stack. */
const MOST_LINES = 40;
const MOST_FRAMES = 3;

/** Colours, which some runners do not leave out. */
// deno-lint-ignore no-control-regex
const COLOURS = /\x1b\[[\d;]*m/g;

/** How node:test wraps what was thrown. */
const NODE_CAUSE = /\n {2}cause: ([^]*)\n\}\s*$/;

/** The source line that Deno prints above a stack where it is that of the assertion library. */
const ASSERTION_LINE = /^ *throw new AssertionError\(.*\n *\^\n/m;

/** The difference as std's assertions show it: where it is of one line each, and else. */
const ONE_LINE_DIFF = /\s*\[Diff\] Actual \/ Expected\s*\n- +(.*)\n\+ +(.*)\n+/;
const DIFF = /\s*\[Diff\] Actual \/ Expected\s*\n/;

/** Frames of runtimes, and of the assertion library. */
const FOREIGN =
  /^\s*at assert\w* |\((node|ext|native|bun):|(node|ext|bun):[\w/]+:\d|\/deno-std\/|\[native code\]/;

/** Says why a test failed: the message, in words, and where it happened. */
export function explain(detail: string): string {
  const text = (NODE_CAUSE.exec(detail)?.[1]?.replaceAll(/^ {2}/gm, "") ?? detail)
    .replaceAll(COLOURS, "")
    .replaceAll(ROOT.href, "")
    .replaceAll(ROOT.pathname, "")
    .replace(ASSERTION_LINE, "")
    .replace(ONE_LINE_DIFF, "\nactual:   $1\nexpected: $2\n")
    .replace(DIFF, "\nLines with - are actual, lines with + were expected:\n");
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const isFrame = (line: string) => /^\s+at |^[^\s@]*@\S+:\d+:\d+$/.test(line);
  const message = lines.filter((line) => !isFrame(line));
  const frames = lines.filter((line) => isFrame(line) && !FOREIGN.test(line));
  return [
    ...message.slice(0, MOST_LINES),
    ...(message.length > MOST_LINES ? [`... and ${message.length - MOST_LINES} more lines`] : []),
    ...frames.slice(0, MOST_FRAMES).map((line) => `  ${line.trim()}`),
  ].join("\n");
}
