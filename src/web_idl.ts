/**
 * The parts of Web IDL's JavaScript binding that a class body cannot express.
 *
 * @see {@link https://webidl.spec.whatwg.org/#javascript-binding}
 * @module
 */

import { realm } from "./dispatch.ts";

/**
 * Makes a class look like a platform's, of that name; it extends `base`, where the global of that name
 * may be another. `tag` describes its `Symbol.toStringTag`.
 */
export function finishClass(
  derived: { readonly prototype: object },
  base: { readonly prototype: object },
  name: string,
  tag: PropertyDescriptor,
): void {
  const { prototype } = derived;
  Object.setPrototypeOf(derived, base);
  Object.setPrototypeOf(prototype, base.prototype);
  // Bundlers and minifiers rename classes.
  Object.defineProperty(derived, "name", { value: name });
  for (const member of Object.getOwnPropertyNames(prototype)) {
    Object.defineProperty(prototype, member, { enumerable: member !== "constructor" });
  }
  Object.defineProperty(prototype, Symbol.toStringTag, { configurable: true, ...tag });
}

/** The parts of the class that are needed here. */
interface EventSourceClass {
  readonly prototype: EventTarget & { close(): void };
}

/** Completes the class; `states` are its constants. */
export function finishInterface(
  eventSource: EventSourceClass,
  states: Readonly<Record<string, number>>,
): void {
  const { prototype } = eventSource;
  finishClass(eventSource, realm.EventTarget, "EventSource", { value: "EventSource" });
  Object.defineProperty(eventSource, "fromReadableStream", { enumerable: true });
  // By this, libraries tell a class that takes a `fetch` from the platform's: as in eventsource 4.
  Object.defineProperty(eventSource, Symbol.for("eventsource.supports-fetch-override"), {
    value: true,
  });
  // Constants stand on the interface object and its prototype, read-only.
  for (const [name, value] of Object.entries(states)) {
    for (const target of [eventSource, prototype]) {
      Object.defineProperty(target, name, { value, enumerable: true });
    }
  }
}
