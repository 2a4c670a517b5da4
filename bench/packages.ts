/**
 * The packages that are compared, and ours, as the runtime at hand resolves them.
 *
 * @module
 */

import { PACKAGE } from "./paths.ts";

/** An `EventSource` of any make, as far as the benchmarks use it. */
export interface EventSourceLike {
  addEventListener(type: string, listener: (event: { data: string }) => void): void;
  close(): void;
}

/** Its constructor. */
export type EventSourceClass = new (
  url: string,
  init?: { fetch?: typeof fetch },
) => EventSourceLike;

/** A parser, ours or eventsource-parser's. */
export type CreateParser = (config: { onEvent(event: ParsedEvent): void }) => {
  feed(chunk: string | Uint8Array): void;
};

/** What a parser makes. */
export interface ParsedEvent {
  readonly data: string;
  readonly event?: string | undefined;
  readonly id?: string | undefined;
}

/** A package of package.json of this folder. */
export async function load<Module>(name: string): Promise<Module> {
  // A name that the type checker does not see: it knows nothing of this folder's node_modules.
  return await import(name);
}

/** A module of the npm package that has been built from the source. */
export async function loadOurs<Module>(module: "mod" | "node" | "parser"): Promise<Module> {
  return await import(new URL(`esm/${module}.js`, PACKAGE).href);
}
