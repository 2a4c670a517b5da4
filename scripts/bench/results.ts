/**
 * All that has been measured.
 *
 * @module
 */

import type { Measurement } from "../../bench/child.ts";
import type { Idle } from "./idle.ts";
import type { Runtime } from "./processes.ts";
import type { Comparison } from "./rounds.ts";
import type { Size } from "./sizes.ts";

/** Nothing yet, of these runtimes. */
export function noResults(runtimes: readonly Runtime[]): Results {
  return {
    runtimes,
    loopback: new Map(),
    chunks: new Map(),
    parsers: new Map(),
    mixed: new Map(),
    adversarial: new Map(),
    startup: new Map(),
    handshakes: undefined,
    idle: undefined,
    sizes: new Map(),
  };
}

/** By group, and then by the name of the runtime. */
export interface Results {
  readonly runtimes: readonly Runtime[];
  readonly loopback: Map<string, Comparison>;
  readonly chunks: Map<string, Comparison>;
  readonly parsers: Map<string, Comparison>;
  readonly mixed: Map<string, Comparison>;
  readonly adversarial: Map<string, Comparison>;
  readonly startup: Map<string, Comparison>;
  /** Full TLS handshakes of ./node, over five further requests of a kind. */
  handshakes: Measurement | undefined;
  idle: Idle | undefined;
  sizes: Map<string, Size>;
}
