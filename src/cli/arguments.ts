/**
 * The arguments of the command, checked: every error names the argument, and shows no secret.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { showUrlText } from "../shown.ts";
import { OPTIONS, unknownOption, UsageError } from "./usage.ts";
import {
  checkLastEventId,
  checkMethod,
  checkProxy,
  checkUrl,
  cookieHeader,
  type Field,
  isWholeUrl,
  seconds,
  splitHeader,
  whole,
} from "./values.ts";

/** How events are printed. */
export type Format = "human" | "json" | "raw";

/** What is asked for. */
export interface Arguments {
  readonly url: string;
  readonly headers: readonly Field[];
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
  if (url === undefined) {
    throw new UsageError(
      "the URL is missing: eventsource [options] URL, or --help for the options",
    );
  }
  const last = (name: string): string | undefined => values.get(name)?.at(-1);
  const data = last("data");
  if (data === "@") throw new UsageError("--data @ names no file: --data @FILE");
  const headers = (values.get("header") ?? []).map(splitHeader);
  if (second !== undefined || !isWholeUrl(url)) checkQuotes(headers, second);
  return {
    url: checkUrl(url),
    headers: [...headers, ...cookieHeader(values.get("cookie") ?? [], headers)],
    method: checkMethod(last("method") ?? (data === undefined ? "GET" : "POST")),
    data,
    lastEventId: checkLastEventId(last("last-event-id")),
    idFile: last("save-id"),
    types: values.get("event") ?? [],
    count: whole("--count", last("count"), 1) ?? Infinity,
    timeout: seconds("--timeout", last("timeout")),
    idleTimeout: seconds("--idle-timeout", last("idle-timeout")) ?? 0,
    maxAttempts: whole("--max-attempts", last("max-attempts"), 0),
    reconnects: !values.has("no-reconnect"),
    proxy: checkProxy(last("proxy")),
    caFile: last("cacert"),
    insecure: values.has("insecure"),
    format: values.has("json") ? "json" : values.has("raw") ? "raw" : "human",
    pretty: values.has("pretty"),
    comments: values.has("comments"),
    verbose: values.has("verbose"),
  };
}

/** A value that lacks its quotes ends up where the URL is to be: no more is shown than a URL. */
function checkQuotes(headers: readonly Field[], second: string | undefined): void {
  const [name] = headers.find(([, value]) => value === "") ?? [];
  if (name !== undefined) {
    throw new UsageError(
      `--header ${JSON.stringify(name)} has no value, and other text than a URL follows: ` +
        "-H 'NAME: VALUE' in quotes",
    );
  }
  if (second === undefined) return;
  const more = isWholeUrl(second)
    ? `${JSON.stringify(showUrlText(second))} is another`
    : "more is given";
  throw new UsageError(
    `one URL is enough, and ${more}: options that take a value may need quotes around it`,
  );
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
    const lacksValue = value === undefined || value === "" && !option.empty;
    if (option.value !== undefined && lacksValue) {
      throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value}`);
    }
    // A number below 0 is a value, of which its range says what is wrong.
    if (value !== undefined && !inlineValue && /^-(?!\.?\d)./.test(value)) {
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
