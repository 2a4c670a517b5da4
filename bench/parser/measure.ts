/**
 * One measurement of a parser.
 *
 * @module
 */

import type { Measurement } from "../child.ts";
import type { CreateParser } from "../packages.ts";
import { chunksOf } from "./workloads.ts";

/** What to parse. */
export interface ParserCommand {
  readonly workload: string;
  /** The size of an adversarial input; absent for the workloads of the budget. */
  readonly size?: number;
  /** How many times to parse it. */
  readonly passes: number;
}

/** Makes the function that measures one parser, given text or bytes. */
export function parserMeasure(
  createParser: CreateParser,
  asBytes: boolean,
): (command: ParserCommand) => Measurement {
  let current = "";
  let chunks: readonly (string | Uint8Array)[] = [];
  return ({ workload, size, passes }) => {
    const key = `${workload} ${size}`;
    if (key !== current) {
      const text = chunksOf(workload, size);
      const encoder = new TextEncoder();
      chunks = asBytes ? text.map((chunk) => encoder.encode(chunk)) : text;
      current = key;
    }
    // Of all that comes out something is used: nothing of the work can be left out as unneeded.
    let count = 0;
    let length = 0;
    const started = performance.now();
    for (let pass = 0; pass < passes; pass++) {
      const parser = createParser({
        onEvent(event) {
          count++;
          length += event.data.length;
          if (event.id !== undefined) length += event.id.length;
          if (event.event !== undefined) length += event.event.length;
        },
      });
      for (const chunk of chunks) parser.feed(chunk);
    }
    return { ms: performance.now() - started, count, length };
  };
}
