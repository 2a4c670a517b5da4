/**
 * All that has been measured.
 *
 * @module
 */

import type { Idle } from "./idle.ts";
import type { Runtime } from "./processes.ts";
import type { Comparison } from "./rounds.ts";
import type { Size } from "./sizes.ts";

/** By group, and then by the name of the runtime. */
export interface Results {
  readonly runtimes: readonly Runtime[];
  readonly loopback: Map<string, Comparison>;
  readonly chunks: Map<string, Comparison>;
  readonly parsers: Map<string, Comparison>;
  readonly adversarial: Map<string, Comparison>;
  readonly startup: Map<string, Comparison>;
  readonly idle: Idle | undefined;
  readonly sizes: Map<string, Size>;
}
