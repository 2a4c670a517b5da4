/**
 * The arguments of the command, checked: every error names the argument, and shows no secret.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { showUrlText } from "../url.ts";
import { OPTIONS, unknownOption, UsageError } from "./usage.ts";

/** How events are printed. */
export type Format = "human" | "json" | "raw";

/** What is asked for. */
export interface Arguments {
  readonly url: string;
  /** Names and values. */
  readonly headers: readonly (readonly [string, string])[];
  readonly method: string;
  /** As given: text, `@FILE` or `-`. */
  readonly data: string | undefined;
  readonly lastEventId: string | undefined;
  readonly idFile: string | undefined;
  /** The types to print; empty for all. */
  readonly types: readonly string[];
  readonly count: number;
  /** Milliseconds. */
  readonly timeout: number | undefined;
  /** Milliseconds; 0 for none. */
  readonly idleTimeout: number;
  /** Retries in a row; `undefined` for any number. */
  readonly maxAttempts: number | undefined;
  readonly reconnects: boolean;
  /** `false` for none, "env" for those of the environment. */
  readonly proxy: string | false;
  readonly caFile: string | undefined;
  readonly insecure: boolean;
  readonly format: Format;
  readonly pretty: boolean;
  readonly comments: boolean;
  readonly verbose: boolean;
}

/** Options that contradict each other. */
const EXCLUSIVE = [
  ["json", "raw"],
  ["json", "pretty"],
  ["raw", "pretty"],
  ["raw", "comments"],
  ["no-reconnect", "max-attempts"],
] as const;

/** The values of options, by their names. */
type Values = ReadonlyMap<string, readonly string[]>;

/**
 * Reads the arguments.
 *
 * @returns What is asked for, or the one word that asks for something else.
 * @throws {UsageError} If they are wrong.
 */
export function readArguments(args: readonly string[]): Arguments | "help" | "version" {
  const { values, urls } = split(args);
  if (values.has("help")) return "help";
  if (values.has("version")) return "version";
  for (const [one, other] of EXCLUSIVE) {
    if (values.has(one) && values.has(other)) {
      throw new UsageError(`--${one} and --${other} exclude each other: give one of them`);
    }
  }
  const [url, second] = urls;
  if (url === undefined) throw new UsageError("the URL is missing: eventsource [options] URL");
  if (second !== undefined) {
    throw new UsageError(
      `one URL is enough, and ${JSON.stringify(showUrlText(second))} is another: ` +
        "options that take a value may need quotes around it",
    );
  }
  const last = (name: string): string | undefined => values.get(name)?.at(-1);
  const data = last("data");
  const headers = (values.get("header") ?? []).map(splitHeader);
  return {
    url: checkUrl(url),
    headers: [...headers, ...cookieHeader(values.get("cookie") ?? [], headers)],
    method: last("method") ?? (data === undefined ? "GET" : "POST"),
    data,
    lastEventId: last("last-event-id"),
    idFile: last("save-id"),
    types: values.get("event") ?? [],
    count: whole("--count", last("count"), 1) ?? Infinity,
    timeout: seconds("--timeout", last("timeout")),
    idleTimeout: seconds("--idle-timeout", last("idle-timeout")) ?? 0,
    maxAttempts: whole("--max-attempts", last("max-attempts"), 0),
    reconnects: !values.has("no-reconnect"),
    proxy: proxy(last("proxy")),
    caFile: last("cacert"),
    insecure: values.has("insecure"),
    format: values.has("json") ? "json" : values.has("raw") ? "raw" : "human",
    pretty: values.has("pretty"),
    comments: values.has("comments"),
    verbose: values.has("verbose"),
  };
}

/** Splits the arguments into options and URLs. */
function split(args: readonly string[]): { values: Values; urls: readonly string[] } {
  const { tokens } = parseArgs({
    args: [...args],
    // What is wrong is said here, in the words of this command.
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(OPTIONS).map(([name, { short, value, multiple = false }]) => [name, {
        type: value === undefined ? "boolean" : "string",
        multiple,
        ...(short === undefined ? {} : { short }),
      }]),
    ),
  });
  const values = new Map<string, string[]>();
  const urls: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") urls.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    const option = Object.hasOwn(OPTIONS, name) ? OPTIONS[name] : undefined;
    if (option === undefined) throw unknownOption(rawName);
    if (option.value === undefined && value !== undefined) {
      throw new UsageError(`${rawName} takes no value: leave out what follows the equals sign`);
    }
    if (option.value !== undefined && value === undefined) {
      throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value}`);
    }
    if (value !== undefined && !inlineValue && /^-./.test(value)) {
      throw new UsageError(
        `${rawName} needs a value: one that begins with a dash is given as --${name}=VALUE`,
      );
    }
    const given = values.get(name);
    if (given !== undefined && value !== undefined && !option.multiple) {
      throw new UsageError(`${rawName} is given twice: once is enough`);
    }
    values.set(name, [...(given ?? []), value ?? ""]);
  }
  return { values, urls };
}

/** What is not for HTTP would be taken, and then fail as a stream. */
function checkUrl(text: string): string {
  if (/^(https?:\/\/|data:)/i.test(text) && URL.canParse(text)) return text;
  const shown = showUrlText(text);
  const guess = `http://${shown}`;
  const hint = /^[a-z][a-z\d+.\-]*:\/\//i.test(text) || !URL.canParse(guess)
    ? "give the whole of it, as in https://example.com/events"
    : `did you mean ${guess}?`;
  throw new UsageError(`${JSON.stringify(shown)} is no http: or https: URL: ${hint}`);
}

/** Shows no more than a name: what has no colon may be a token. */
function splitHeader(field: string): readonly [string, string] {
  const colon = field.indexOf(":");
  if (colon > 0) return [field.slice(0, colon).trim(), field.slice(colon + 1).trim()];
  const [, name = ""] = /^\s*([\w-]{0,40})/.exec(field) ?? [];
  throw new UsageError(
    `--header ${JSON.stringify(name)} has no colon after its name: -H 'NAME: VALUE'`,
  );
}

function cookieHeader(
  cookies: readonly string[],
  headers: readonly (readonly [string, string])[],
): (readonly [string, string])[] {
  if (cookies.length > 0 && headers.some(([name]) => name.toLowerCase() === "cookie")) {
    throw new UsageError("--cookie and the header Cookie exclude each other: give one of them");
  }
  if (cookies.some((cookie) => !cookie.includes("="))) {
    throw new UsageError("--cookie has no equals sign: --cookie NAME=VALUE");
  }
  return cookies.length === 0 ? [] : [["Cookie", cookies.join("; ")]];
}

function whole(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text) && Number(text) >= least) return Number(text);
  throw new UsageError(
    `${name} must be a whole number from ${least} on, and is ${JSON.stringify(text)}`,
  );
}

/** In milliseconds. */
function seconds(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^(\d{1,9}(\.\d*)?|\.\d+)$/.test(text) && Number(text) > 0) {
    return Math.ceil(Number(text) * 1000);
  }
  throw new UsageError(
    `${name} must be a number of seconds, such as 30 or 0.5, and is ${JSON.stringify(text)}`,
  );
}

/** Not shown if it is wrong: it may hold a password. */
function proxy(text: string | undefined): string | false {
  if (text === undefined) return "env";
  if (text === "none") return false;
  if (/^(https?|socks[45]?|socks5h):\/\//i.test(text) && URL.canParse(text)) return text;
  throw new UsageError(
    "--proxy must be an http:, https: or socks5: URL, such as http://proxy.example:3128, or none",
  );
}
