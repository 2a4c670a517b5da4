/**
 * What the measured processes have in common. Each holds one side of a comparison and does one
 * measurement per line of its standard input, so that the runner can have the sides take turns.
 *
 * @module
 */

import process from "node:process";
import { createInterface } from "node:readline";

/** What one measurement gives: numbers, by name. */
export type Measurement = Readonly<Record<string, number>>;

/** How long the sockets of the measurement before have to close, in milliseconds. */
const SETTLING = 5;

/** Answers each line of JSON on standard input with a line on standard output, until it ends. */
export async function serve<Command>(
  measure: (command: Command) => Promise<Measurement> | Measurement,
): Promise<void> {
  print({ ready: 1 });
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      print(await measure(JSON.parse(line)));
    } catch (error) {
      print({ error: String(error) });
    }
  }
  process.exit();
}

/**
 * Clears away what is no longer used, where the runtime allows: to measure memory, and never before
 * a measurement of time. V8 drops optimised code whose hidden classes have died in it, and a round
 * then takes up to five times as long as a warm one.
 */
export function collectGarbage(): void {
  const { gc, Bun } = globalThis as {
    gc?: () => void;
    Bun?: { gc(force: boolean): void };
  };
  gc?.();
  Bun?.gc(true);
}

/** Lets the sockets of the measurement before close. */
export async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, SETTLING));
}

/** The side that this process is, by name, and what it was told besides. */
export const args: readonly string[] = process.argv.slice(2);

function print(answer: Readonly<Record<string, number | string>>): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
