/**
 * The arguments of the command, checked. Every error names the argument and shows no secret.
 *
 * @module
 */

import { parseArgs, type ParseArgsConfig } from "node:util";
import { showUrlText } from "../shown.ts";

/** The checked arguments. Times are in milliseconds; without a limit, numbers are Infinity. */
export interface Arguments {
  readonly url: string;
  /** As given: `NAME: VALUE` or `@FILE`. */
  readonly headers: readonly string[];
  readonly method: string;
  /** As given: text, `@FILE` or `-`. */
  readonly data: string | undefined;
  readonly lastEventId: string | undefined;
  readonly idFile: string | undefined;
  /** The types to print; empty for all. */
  readonly types: readonly string[];
  readonly count: number;
  readonly timeout: number;
  /** 0 for none. */
  readonly idleTimeout: number;
  /** Whether the first connection is retried too. */
  readonly retriesConnect: boolean;
  readonly maxRetries: number;
  /** A URL; `false` for none, `undefined` for the environment's. */
  readonly proxy: string | false | undefined;
  readonly caFile: string | undefined;
  readonly insecure: boolean;
  readonly format: "human" | "json" | "raw";
  readonly pretty: boolean;
  readonly comments: boolean;
  readonly verbose: boolean;
}

/** Wrong usage: the message is a sentence that names the argument. */
export class UsageError extends Error {}

/** The text of `--help`: at most a screen of 24 lines, the next prompt included. */
export const HELP = `Usage: eventsource [options] URL    follow a stream of server-sent events
  -H, --header 'NAME: VALUE'|@FILE  send a header field, or those in FILE
  -b, --cookie NAME=VALUE           send a cookie (repeatable)
  -X, --method METHOD               request method (default: GET, POST with -d)
  -d, --data TEXT|@FILE|-           request body; - is standard input
      --last-event-id ID            start after the event with this id
      --save-id FILE                keep the last id in FILE, start after it
      --event TYPE                  print only these events (repeatable)
      --count N                     end after N printed events
  -m, --timeout SECONDS             end after this time, as a failure
      --idle-timeout SECONDS        reconnect after this time without a byte
      --no-reconnect                end when the connection ends
      --max-retries N               end after N consecutive retries
      --retry-connect               retry the first connection too
  -x, --proxy URL|none              http:, https: or socks5: proxy
      --cacert FILE                 trust the CA certificates in FILE (PEM)
  -k, --insecure                    do not verify the server's certificate
      --json                        print each event as a line of JSON
      --raw                         print only the data, as it comes
      --pretty                      print JSON data over several lines
      --comments                    print comments too
  -v, --verbose                     show requests and responses on stderr
Exit code: 0 ended as asked, 1 failed, 2 wrong usage. --version: the version.`;

/** The same for parseArgs: an option with a value may be repeated. */
const OPTIONS: NonNullable<ParseArgsConfig["options"]> = {
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
};
for (
  const [, short, name = "", value] of HELP.matchAll(/^ {2}(?:-(\w),| {3}) --([\w-]+)( \S)?/gm)
) {
  const type = value === undefined ? "boolean" : "string";
  OPTIONS[name] = { type, multiple: type === "string", ...(short && { short }) };
}

/**
 * Reads the arguments.
 *
 * @returns The checked arguments, or `"help"` or `"version"`.
 * @throws {UsageError} If they are wrong.
 */
export function readArguments(args: readonly string[]): Arguments | "help" | "version" {
  const { values, positionals: [url, ...more] } = split(args);
  const has = (name: string): boolean => values[name] === true;
  const all = (name: string): string[] => (values[name] ?? []) as string[];
  const last = (name: string): string | undefined => all(name).at(-1);
  if (has("help")) return "help";
  if (has("version")) return "version";
  const formats = ["json", "raw", "pretty"].filter(has);
  if (formats.length > 1) throw new UsageError(`--${formats.join(" and --")} exclude each other`);
  if (url === undefined) throw new UsageError("the URL is missing: see --help");
  // Text without quotes may be a secret: it is not repeated.
  const isCut = all("header").some((field) => /^[\w-]+:\s*$/.test(field));
  if (more.length > 0 || isCut && !IS_WHOLE.test(url)) {
    throw new UsageError("more than a URL is given: put values in quotes, as in -H 'NAME: VALUE'");
  }
  const lastEventId = last("last-event-id");
  if (hasControlCharacter(lastEventId ?? "")) {
    throw new UsageError("--last-event-id holds a control character, which no request can carry");
  }
  const proxy = last("proxy");
  const cookies = all("cookie").join("; ");
  const retries = has("no-reconnect") ? "0" : last("max-retries");
  return {
    url: completeUrl(url),
    headers: cookies === "" ? all("header") : [...all("header"), `Cookie: ${cookies}`],
    method: last("method") ?? (last("data") === undefined ? "GET" : "POST"),
    data: last("data"),
    lastEventId,
    idFile: last("save-id"),
    types: all("event"),
    count: number("--count", last("count"), 1) ?? Infinity,
    timeout: number("--timeout", last("timeout"), 0.001) ?? Infinity,
    idleTimeout: number("--idle-timeout", last("idle-timeout"), 0.001) ?? 0,
    retriesConnect: has("retry-connect"),
    maxRetries: number("--max-retries", retries, 0) ?? Infinity,
    proxy: proxy === "none" ? false : proxy,
    caFile: last("cacert"),
    insecure: has("insecure"),
    format: has("json") ? "json" : has("raw") ? "raw" : "human",
    pretty: has("pretty"),
    comments: has("comments"),
    verbose: has("verbose"),
  };
}

function split(args: readonly string[]): ReturnType<typeof parseArgs> {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    // The rest of it is about positional arguments that begin with a dash.
    const [problem = ""] = (error as Error).message.split(/\.(?=\s)/);
    const [, name] = /^Unknown option '--([^']+)'/.exec(problem) ?? [];
    const meant = name === undefined ? undefined : nearest(name);
    throw new UsageError(
      meant === undefined
        ? `${problem}: see --help`
        : `${problem}, did you mean --${meant}? See --help`,
    );
  }
}

/** The option that begins and ends like a misspelt one; `undefined` if less than half is shared. */
function nearest(name: string): string | undefined {
  const likeness = (other: string): number => {
    const shorter = Math.min(name.length, other.length);
    let start = 0;
    while (start < shorter && name[start] === other[start]) start++;
    let end = 0;
    while (start + end < shorter && name.at(-1 - end) === other.at(-1 - end)) end++;
    return (start + end) / Math.max(name.length, other.length);
  };
  const [first] = Object.keys(OPTIONS).sort((one, other) => likeness(other) - likeness(one));
  return first !== undefined && likeness(first) > 0.5 ? first : undefined;
}

const IS_WHOLE = /^(https?:\/\/[^/\\]|data:)/i;
/** A host, perhaps with user information before it and a port after it. */
const HOST = /^(?:[^/?#@]*@)?([a-z\d][a-z\d.-]*|\[[a-f\d:.]+\])(?::\d+)?(?=[/?#]|$)/i;
const IS_LOCAL = /^((.*\.)?localhost|\[.*|[\d.]+)$/i;

/** Without a scheme it is http: for localhost and addresses, and https: for the rest. */
function completeUrl(text: string): string {
  const [, host = ""] = IS_WHOLE.test(text) ? [] : HOST.exec(text) ?? [];
  const url = (host && (IS_LOCAL.test(host) ? "http://" : "https://")) + text;
  // URLs take a number for an address, and a scheme without its colon for a host.
  const isHost = !/^(\d+|https?)$/i.test(host);
  if (isHost && IS_WHOLE.test(url) && URL.canParse(url)) return url;
  const shown = showUrlText(text);
  const advice = /^\d+$/.test(host) && Number(host) < 65_536
    ? `for a port of this machine, give localhost:${shown}`
    : "give one such as https://example.com/events";
  throw new UsageError(`${JSON.stringify(shown)} is no URL: ${advice}`);
}

/** A whole number; or, if the least is none, a number of seconds, which becomes milliseconds. */
function number(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  // The timers of the runtimes hold no more than 24 days.
  const [most, kind, pattern, unit] = Number.isInteger(least)
    ? [1_000_000_000, "a whole number", /^\d+$/, 1] as const
    : [2_000_000, "a number of seconds", /^(\d+\.?\d*|\.\d+)$/, 1000] as const;
  const value = Number(text);
  if (pattern.test(text) && value >= least && value <= most) return Math.round(value * unit);
  const got = JSON.stringify(text);
  throw new UsageError(`${name} must be ${kind} from ${least} to ${most}, got ${got}`);
}

/** Whether text holds a control character other than the tab: no header can carry it. */
export function hasControlCharacter(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return /[\0-\x08\x0A-\x1F\x7F]/.test(text);
}
