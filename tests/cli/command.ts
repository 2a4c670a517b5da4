/**
 * The command `eventsource` in a process of its own.
 *
 * @module
 */

import type { Outcome } from "../command.ts";

/** How long a process may take, in milliseconds. */
const PATIENCE = 20_000;

/** What decides about colours is for each test to say. */
const { NO_COLOR: _, FORCE_COLOR: __, ...environment } = Deno.env.toObject();

/** How to start it. */
export interface Start {
  /** What Deno is to permit besides the network, as the documentation says. */
  readonly permissions?: readonly string[];
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A process that is going on. */
export class Running implements Disposable {
  readonly #child: Deno.ChildProcess;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #errors: Promise<string>;
  #output = "";

  /** Made by {@linkcode Command} alone. */
  constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#errors = new Response(child.stderr).text();
    this.#timer = setTimeout(() => this.kill(), PATIENCE);
  }

  /** Reads lines until there are so many, in all, or there are no more. */
  async lines(count: number): Promise<string[]> {
    while (this.#output.split("\n").length <= count) {
      const { done, value } = await this.#reader.read();
      if (done) break;
      this.#output += value;
    }
    return this.#output.split("\n").slice(0, count);
  }

  /** Nobody reads the output any longer. */
  async closeOutput(): Promise<void> {
    await this.#reader.cancel();
  }

  /** Waits for the end, without reading any more. */
  async exit(): Promise<{ code: number; errors: string }> {
    const { code } = await this.#child.status;
    clearTimeout(this.#timer);
    return { code, errors: await this.#errors };
  }

  /** Reads everything, and waits for the end. */
  async outcome(): Promise<Outcome> {
    await this.lines(Infinity);
    const { code, errors } = await this.exit();
    return { code, output: this.#output, errors };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    await this.#reader.cancel().catch(() => {});
    await this.exit();
  }

  /** Sends it a signal; throws if it has ended. */
  signal(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Kills it, if it has not ended. */
  kill(): void {
    try {
      this.signal("SIGKILL");
    } catch (error) {
      if (!/already terminated/.test(String(error))) throw error;
    }
  }

  [Symbol.dispose](): void {
    this.kill();
    clearTimeout(this.#timer);
  }
}

/** The command as one runtime runs it. */
export class Command {
  readonly #words: (permissions: readonly string[]) => readonly string[];
  readonly #cwd: URL;

  constructor(words: (permissions: readonly string[]) => readonly string[], cwd: URL) {
    this.#words = words;
    this.#cwd = cwd;
  }

  /** The words that start it. */
  words({ permissions = [] }: Start = {}): readonly string[] {
    return this.#words(permissions);
  }

  /** Starts it. */
  async start(args: readonly string[], options: Start = {}): Promise<Running> {
    const [binary = "", ...flags] = this.words(options);
    const child = new Deno.Command(binary, {
      args: [...flags, ...args],
      cwd: this.#cwd,
      clearEnv: true,
      env: { ...environment, NO_COLOR: "1", ...options.env },
      stdin: options.stdin === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    if (options.stdin !== undefined) {
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(options.stdin));
      await writer.close();
    }
    return new Running(child);
  }

  /** Runs it to its end. */
  async run(args: readonly string[], options: Start = {}): Promise<Outcome> {
    const running = await this.start(args, options);
    return await running.outcome();
  }

  /** Runs it on a terminal; what that would show. */
  async onTerminal(args: readonly string[], env: Record<string, string>): Promise<string> {
    const quoted = [...this.words(), ...args].map((word) => `'${word}'`).join(" ");
    const { stdout } = await new Deno.Command("script", {
      args: ["-qec", quoted, "/dev/null"],
      cwd: this.#cwd,
      clearEnv: true,
      env: { ...environment, TERM: "xterm", ...env },
      stdin: "null",
      signal: AbortSignal.timeout(PATIENCE),
    }).output();
    return new TextDecoder().decode(stdout);
  }
}
