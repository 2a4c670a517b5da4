/**
 * The options of the command: one table for the parser of arguments, for `--help`, and for what is
 * said about wrong ones.
 *
 * @module
 */

/** One option. */
export interface Option {
  readonly short?: string;
  /** What its value is called; absent if it takes none. */
  readonly value?: string;
  /** Whether its value may be empty. */
  readonly empty?: boolean;
  /** Whether it may be given more than once. */
  readonly multiple?: boolean;
  /** Its line of `--help`; absent if the usage line says it. */
  readonly help?: string;
}

/** The options, by their long names, in the order of `--help`. */
export const OPTIONS: Readonly<Record<string, Option>> = {
  "header": {
    short: "H",
    value: "'NAME: VALUE'",
    multiple: true,
    help: "send a header field (repeatable)",
  },
  "method": { short: "X", value: "METHOD", help: "request method (default: GET, POST with -d)" },
  "data": {
    short: "d",
    value: "TEXT|@FILE|-",
    empty: true,
    help: "request body; - is standard input",
  },
  "cookie": { value: "NAME=VALUE", help: "send a cookie (repeatable)", multiple: true },
  "last-event-id": { value: "ID", empty: true, help: "start after the event with this id" },
  "save-id": { value: "FILE", help: "keep the last id in FILE, and start after it" },
  "event": { value: "TYPE", multiple: true, help: "print these events alone (repeatable)" },
  "count": { value: "N", help: "end after N printed events" },
  "timeout": { value: "SECONDS", help: "give up after so long, whatever came (exit 1)" },
  "idle-timeout": { value: "SECONDS", help: "reconnect when nothing comes for so long" },
  "no-reconnect": { help: "end when the connection does" },
  "max-attempts": { value: "N", help: "give up after N retries in a row" },
  "proxy": { value: "URL", help: "http, https or socks5 proxy; none: go direct" },
  "cacert": { value: "FILE", help: "trust the authorities in FILE (PEM)" },
  "insecure": { help: "do not verify the server's certificate" },
  "json": { help: "print each event as a line of JSON" },
  "raw": { help: "print the data alone, as it comes" },
  "pretty": { help: "print data that is JSON over several lines" },
  "comments": { help: "print comments too" },
  "verbose": { short: "v", help: "tell of requests and responses on stderr" },
  "help": { short: "h" },
  "version": {},
};

/** Letters that other commands have, `curl` above all, and what is meant by them here. */
const FOREIGN: Readonly<Record<string, string>> = {
  "-b": "--cookie",
  "-k": "--insecure",
  "-m": "--timeout",
  "-V": "--version",
  "-x": "--proxy",
};

/** Where the text about an option begins. */
const COLUMN = 30;

/** What `--help` prints: no more than a screen of 24 lines, the next prompt included. */
export const HELP: string = [
  "Usage: eventsource [options] URL | --help | --version",
  "Follows a stream of server-sent events, and prints each event as it comes.",
  ...Object.entries(OPTIONS).flatMap(([name, { short, value, help }]) => {
    if (help === undefined) return [];
    const flags = `${short === undefined ? "   " : `-${short},`} --${name} ${value ?? ""}`;
    return [`  ${flags}`.padEnd(COLUMN) + help];
  }),
  "Exit code: 0 ended as asked, 1 failed for good, 2 wrong usage.",
].join("\n");

/** What is wrong with the arguments, in a sentence that names the one. */
export class UsageError extends Error {}

/** The error for an option that does not exist; it names the nearest that does. */
export function unknownOption(rawName: string): UsageError {
  const names = Object.keys(OPTIONS).map((name) => `--${name}`);
  // Of single letters, one is as near as another.
  const nearest = rawName.startsWith("--")
    ? closest(rawName.toLowerCase(), names)
    : FOREIGN[rawName];
  return new UsageError(
    `unknown option ${rawName}: ${
      nearest === undefined ? "--help lists those there are" : `did you mean ${nearest}?`
    }`,
  );
}

/**
 * The option that takes the fewest edits, or that is continued; `undefined` if none is near. Of a
 * word of five letters, one may be wrong: with two, it is as likely another word.
 */
function closest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor((word.length - "--".length) / 3)) + 1;
  for (const candidate of candidates) {
    const isPrefix = word.length > 3 && candidate.startsWith(word);
    const edits = isPrefix ? 0 : distance(word, candidate);
    if (edits < least) [best, least] = [candidate, edits];
  }
  return best;
}

/** The edit distance, in which two neighbours that changed places are one edit. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwapped ? before[j - 2]! + 1 : Infinity;
      next.push(Math.min(replaced, swapped, row[j]! + 1, next[j - 1]! + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}
