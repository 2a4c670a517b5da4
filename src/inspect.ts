/**
 * How events print with `console.log`: accessors of a class are invisible to the inspection of the
 * runtimes that print text. Pages show objects, and do without this.
 *
 * @module
 */

import { EventSourceErrorEvent, EventSourceOpenEvent, StreamMessageEvent } from "./events.ts";
import { method } from "./web_idl.ts";

/** Node.js, Bun and workerd ask for the first; Deno defines the second on its own `Event`. */
const NODE_INSPECT = Symbol.for("nodejs.util.inspect.custom");
const DENO_INSPECT = Symbol.for("Deno.privateCustomInspect");

type Inspect = (value: unknown, options: unknown) => string;

/** Has events print in full. */
export function showEvents(): void {
  const { prototype } = StreamMessageEvent;
  inspectable(prototype, "MessageEvent", ["type", "data", "origin", "lastEventId"]);
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

/** Has instances of a class print as the class's name and the named members. */
function inspectable(prototype: object, name: string, members: readonly string[]): void {
  function print(instance: object, inspect: Inspect, options: unknown): string {
    // Its accessors are for instances.
    if (instance === prototype) return `${name} {}`;
    const shown = members.map((member) => {
      const value: unknown = Reflect.get(instance, member);
      // Their values may be secrets, and logs are no place for those.
      return [member, value instanceof Headers ? [...value.keys()] : value];
    });
    return `${name} ${inspect(Object.fromEntries(shown), options)}`;
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
