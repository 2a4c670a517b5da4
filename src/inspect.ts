/**
 * How sources and events print with `console.log`: accessors of a class are invisible to the
 * inspection of the runtimes that print text. Pages show objects, and do without this.
 *
 * @module
 */

import { EventSourceErrorEvent, EventSourceOpenEvent, StreamMessageEvent } from "./events.ts";
import { withoutUserinfo } from "./shown.ts";
import { method } from "./web_idl.ts";

/** Node.js, Bun and workerd ask for the first; Deno defines the second on its own `Event`. */
const NODE_INSPECT = Symbol.for("nodejs.util.inspect.custom");
const DENO_INSPECT = Symbol.for("Deno.privateCustomInspect");

/** The description of the symbol by which workerd has its own way with events and their targets. */
const WORKERD_INSPECT = "kResourceTypeInspect";

type Inspect = (value: unknown, options: unknown) => string;

/** Has sources of a class, and the events, print in full. */
export function printInFull(eventSource: { readonly prototype: object }): void {
  inspectable(
    eventSource.prototype,
    "EventSource",
    ["url", "withCredentials", "readyState", "lastEventId", "reconnectionTime"],
  );
  inspectable(
    StreamMessageEvent.prototype,
    "MessageEvent",
    ["type", "data", "origin", "lastEventId"],
  );
  inspectable(
    EventSourceOpenEvent.prototype,
    "EventSourceOpenEvent",
    ["status", "headers", "url", "redirected"],
  );
  inspectable(
    EventSourceErrorEvent.prototype,
    "EventSourceErrorEvent",
    // To print `response` would be to build it, which takes the body from whoever wants it.
    ["message", "error", "reason", "status", "code", "willReconnect", "delay", "attempt"],
  );
}

/** Has instances of a class print as the name of their class and the named members. */
function inspectable(prototype: object, name: string, members: readonly string[]): void {
  function print(instance: object, inspect: Inspect, options: unknown): string {
    let shown: [string, unknown][] = [];
    try {
      shown = members.map((member) => [member, show(member, Reflect.get(instance, member))]);
    } catch {
      // The accessors are for instances, and prototypes inherit them.
    }
    return `${instance.constructor.name || name} ${inspect(Object.fromEntries(shown), options)}`;
  }
  for (let base: object | null = prototype; base !== null; base = Object.getPrototypeOf(base)) {
    const own = Object.getOwnPropertySymbols(base).find((symbol) =>
      symbol.description === WORKERD_INSPECT
    );
    // It would read every accessor, and print `url` as it is.
    if (own !== undefined) Object.defineProperty(prototype, own, { value: undefined });
  }
  method(
    prototype,
    NODE_INSPECT,
    function (this: object, _depth: number, options: unknown, inspect: Inspect): string {
      return print(this, inspect, options);
    },
  );
  method(
    prototype,
    DENO_INSPECT,
    function (this: object, inspect: Inspect, options: unknown): string {
      return print(this, inspect, options);
    },
  );
}

/** A member without what may be secret: the values of headers, and user information. */
function show(member: string, value: unknown): unknown {
  if (member === "url") return withoutUserinfo(String(value));
  return value instanceof Headers ? [...value.keys()] : value;
}
