/**
 * Examples in processes of their own, run by the command in their first line.
 *
 * @module
 */

import { assert } from "@std/assert";

/** The folder of the examples. */
export const EXAMPLES: URL = new URL("../../examples/", import.meta.url);

/** How long an example may take, in milliseconds. */
const PATIENCE = 30_000;

/** What a program left behind. */
export interface Outcome {
  readonly output: string;
  readonly errors: string;
  /** 137 if it did not end by itself. */
  readonly code: number;
}

/** What an example is run with. */
export interface Arguments {
  /** What stands for the placeholders of the first line, `<name>` and `[name]`, by name. */
  readonly [placeholder: string]: string;
}

/** Starts an example. */
export type Launch = (
  example: string,
  args?: Arguments,
  options?: { more?: readonly string[]; env?: Record<string, string> },
) => Program;

/** The command in an example's first line, word by word. */
export function commandOf(example: string): string[] {
  const text = Deno.readTextFileSync(new URL(example, EXAMPLES));
  const words = text.slice(0, text.indexOf("\n")).split(" ");
  assert(
    words.shift() === "//" && words.includes(`examples/${example}`),
    `The first line of examples/${example} is not the command that runs it: ${words.join(" ")}`,
  );
  return words;
}

/** A command with arguments for placeholders; those in brackets can be left out. */
export function fill(command: readonly string[], args: Arguments): string[] {
  const used: string[] = [];
  const words = command.flatMap((word) => {
    const [, open, name = ""] = /^([<[])(.+)[>\]]$/.exec(word) ?? [];
    if (open === undefined) return word;
    used.push(name);
    const value = args[name];
    assert(value !== undefined || open === "[", `${command.join(" ")} lacks ${word}`);
    return value ?? [];
  });
  const unused = Object.keys(args).filter((name) => !used.includes(name));
  assert(unused.length === 0, `${command.join(" ")} has no place for ${unused}`);
  return words;
}

/** A running program. It is killed if it does not end by itself. */
export class Program {
  readonly #child: Deno.ChildProcess;
  readonly #outcome: Promise<Outcome>;
  #output = "";
  #news = Promise.withResolvers<void>();

  constructor([command = "", ...args]: readonly string[], cwd: URL, env: Record<string, string>) {
    this.#child = new Deno.Command(command, {
      args,
      cwd,
      env: { NO_COLOR: "1", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#outcome = this.#finish();
  }

  /** What it printed and how it ended. */
  get outcome(): Promise<Outcome> {
    return this.#outcome;
  }

  /** Waits for what it prints; fails if it ends before. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    while (true) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match;
      const end = await Promise.race([this.#news.promise, this.#outcome]);
      if (end !== undefined && !pattern.test(this.#output)) {
        throw new Error(`did not print ${pattern}: ${end.output}${end.errors}`);
      }
    }
  }

  /** Sends it a signal. */
  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  async #finish(): Promise<Outcome> {
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), PATIENCE);
    const [errors] = await Promise.all([
      new Response(this.#child.stderr).text(),
      this.#read(),
    ]);
    const { code } = await this.#child.status;
    clearTimeout(timer);
    return { output: this.#output, errors, code };
  }

  async #read(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.#output += text;
      this.#news.resolve();
      this.#news = Promise.withResolvers();
    }
  }
}
