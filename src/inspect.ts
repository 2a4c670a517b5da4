/**
 * How objects print with `console.log`: accessors of a class are invisible to the runtimes' own
 * inspection.
 *
 * @module
 */

import { method } from "./web_idl.ts";

/** Node.js, Bun and workerd ask for the first; Deno defines the second on its own `Event`. */
const NODE_INSPECT = Symbol.for("nodejs.util.inspect.custom");
const DENO_INSPECT = Symbol.for("Deno.privateCustomInspect");

type Inspect = (value: unknown, options: unknown) => string;

/** Lets instances of a class print as the class's name and the named members. */
export function inspectable(prototype: object, name: string, members: readonly string[]): void {
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
