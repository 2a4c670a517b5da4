/**
 * How sources and events print with `console.log`. Runtimes that print text do not show the accessors
 * of a class. Pages show objects, and do not need this.
 *
 * @module
 */

import { define } from "./check.ts";
import { EventSourceErrorEvent, EventSourceOpenEvent, StreamMessageEvent } from "./events.ts";
import { withoutUserinfo } from "./shown.ts";
import type { EventSourceConstructor } from "./types.ts";

/** Node.js, Bun and workerd use the first; Deno defines the second on its own `Event`. */
const NODE_INSPECT = Symbol.for("nodejs.util.inspect.custom");
const DENO_INSPECT = Symbol.for("Deno.privateCustomInspect");

/** The description of the symbol by which workerd prints events and their targets in its own way. */
const WORKERD_INSPECT = "kResourceTypeInspect";

type Inspect = (value: unknown, options: unknown) => string;

/** Makes sources of a class, and events, print in full; returns the class. */
export function printInFull(eventSource: EventSourceConstructor): EventSourceConstructor {
  inspectable(
    eventSource.prototype,
    "EventSource",
    "url withCredentials readyState lastEventId reconnectionTime",
  );
  inspectable(StreamMessageEvent.prototype, "MessageEvent", "type data origin lastEventId");
  inspectable(
    EventSourceOpenEvent.prototype,
    "EventSourceOpenEvent",
    "status headers url redirected",
  );
  inspectable(
    EventSourceErrorEvent.prototype,
    "EventSourceErrorEvent",
    // Printing "response" would build it, and take its body from the listener.
    "message error reason status code willReconnect delay attempt",
  );
  return eventSource;
}

/** Makes instances of a class print as the class's name and the named members. */
function inspectable(prototype: object, name: string, members: string): void {
  // Deno gives its function first, the others give it last.
  function print(this: object, first: unknown, options: unknown, inspect = first): string {
    let shown: [string, unknown][] = [];
    try {
      shown = members.split(" ").map((member) => [member, show(member, Reflect.get(this, member))]);
    } catch {
      // Prototypes inherit this define, but the accessors work on instances only.
    }
    const text = (inspect as Inspect)(Object.fromEntries(shown), options);
    return `${this.constructor.name || name} ${text}`;
  }
  for (let base: object | null = prototype; base !== null; base = Object.getPrototypeOf(base)) {
    const own = Object.getOwnPropertySymbols(base).find((symbol) =>
      symbol.description === WORKERD_INSPECT
    );
    // It would read every accessor, and print `url` as it is.
    if (own !== undefined) Object.defineProperty(prototype, own, { value: undefined });
  }
  define(prototype, NODE_INSPECT, print);
  define(prototype, DENO_INSPECT, print);
}

/** A member without secrets: header values and user information. */
function show(member: string, value: unknown): unknown {
  if (member === "url") return withoutUserinfo(String(value));
  return value instanceof Headers ? [...value.keys()] : value;
}
