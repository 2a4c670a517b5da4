/**
 * The arguments of the scripts, by one table for each: for node:util's parser, for `--help`, and
 * for what is said about wrong ones.
 *
 * @module
 */

import { parseArgs } from "node:util";

/** One option. */
export interface ScriptOption {
  readonly type: "string" | "boolean";
  /** Whether it may be given more than once. */
  readonly multiple?: boolean;
  /** What its value is called. */
  readonly value?: string;
  readonly help: string;
}

/** Options, by their names. */
type Options = Readonly<Record<string, ScriptOption>>;

/** What a script can be told. */
export interface Script<Known extends Options = Options> {
  /** How it is run, such as `deno task test`. */
  readonly command: string;
  /** What it does, in a sentence. */
  readonly about: string;
  readonly options?: Known;
  /**
   * What its argument that is no option is called: in brackets if it may be left out, with "..." at
   * the end if there may be several. Absent if there is none.
   */
  readonly argument?: string;
}

/** The values of the options that were given. */
export type Values<Known> = {
  readonly [Name in keyof Known]?:
    | (Known[Name] extends { readonly type: "boolean" } ? boolean
      : Known[Name] extends { readonly multiple: true } ? string[]
      : string)
    | undefined;
};

/** The option that names runtimes; what its names are, {@linkcode checkNames} says. */
export const RUNTIME: ScriptOption & { readonly type: "string"; readonly multiple: true } = {
  type: "string",
  multiple: true,
  value: "NAME",
  help: "on this runtime alone (repeatable); a wrong name lists them",
};

/** The exit code for wrong usage. */
const MISUSED = 2;

/** Reads the arguments. Ends the process where they ask for help, or are wrong. */
export function readArguments<const Known extends Options>(
  script: Script<Known>,
): {
  readonly values: Values<Known>;
  readonly argument: string;
  /** The argument, and those after it. */
  readonly all: readonly string[];
} {
  const { options = {}, argument } = script;
  try {
    const { values: { help, ...values }, positionals } = parseArgs({
      args: Deno.args,
      allowPositionals: argument !== undefined,
      options: { ...options, help: { type: "boolean", short: "h" } },
    });
    if (help === true) {
      console.log(usage(script));
      Deno.exit(0);
    }
    const [first, second] = positionals;
    if (argument !== undefined && !argument.startsWith("[") && first === undefined) {
      throw new TypeError(`${argument} is missing`);
    }
    if (second !== undefined && !argument?.endsWith("...")) {
      const name = argument?.replace(/^\[|\]$/g, "");
      throw new TypeError(`There is one ${name}, and ${JSON.stringify(second)} is another`);
    }
    return { values: values as Values<Known>, argument: first ?? "", all: positionals };
  } catch (error) {
    return refuse(`${(error as Error).message}\n\n${usage(script)}`);
  }
}

/** Ends the process, as arguments are wrong. */
export function refuse(problem: string): never {
  console.error(problem);
  Deno.exit(MISUSED);
}

/** Ends the process unless all names are known. */
export function checkNames(
  what: string,
  names: readonly string[],
  known: readonly string[],
): void {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  refuse(`There is no ${what} ${JSON.stringify(unknown)}. There are: ${known.join(", ")}`);
}

/** A whole number; ends the process if the text is none. */
export function wholeNumber(name: string, text: string): number {
  if (/^\d{1,15}$/.test(text) && Number(text) > 0) return Number(text);
  return refuse(`--${name} must be a whole number from 1 on, and is ${JSON.stringify(text)}`);
}

function usage({ command, about, options = {}, argument }: Script): string {
  const rows: [string, string][] = [
    ...Object.entries<ScriptOption>(options).map(
      ([name, { value, help }]): [string, string] => [`--${name} ${value ?? ""}`.trimEnd(), help],
    ),
    ["-h, --help", "print this"],
  ];
  const width = Math.max(...rows.map(([flags]) => flags.length)) + 2;
  return [
    `Usage: ${command}${argument === undefined ? "" : ` ${argument}`} [options]`,
    about,
    "",
    ...rows.map(([flags, help]) => `  ${flags.padEnd(width)}${help}`),
  ].join("\n");
}
