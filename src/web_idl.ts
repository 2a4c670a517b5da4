/**
 * The parts of Web IDL's JavaScript binding that a class body cannot express.
 *
 * @see {@link https://webidl.spec.whatwg.org/#javascript-binding}
 * @module
 */

import { realm } from "./dispatch.ts";
import type { Platform } from "./platform.ts";

/** Makes a class extend this one, where the global of that name is another. */
export function extend(
  derived: { readonly prototype: object },
  base: { readonly prototype: object },
): void {
  Object.setPrototypeOf(derived, base);
  Object.setPrototypeOf(derived.prototype, base.prototype);
}

/** Makes the members of a prototype enumerable, as in platform interfaces. */
export function enumerable(prototype: object): void {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    Object.defineProperty(prototype, name, { enumerable: name !== "constructor" });
  }
}

/** Defines a method that is not enumerable. */
export function method(
  prototype: object,
  name: PropertyKey,
  value: (...parameters: never[]) => unknown,
): void {
  Object.defineProperty(prototype, name, { value, configurable: true, writable: true });
}

/** The parts of the class that are needed here. */
interface EventSourceClass {
  readonly prototype: EventTarget & { close(): void };
}

/** Completes the class; `states` are its constants, and `dispatchEvent` replaces the runtime's. */
export function finishInterface(
  eventSource: EventSourceClass,
  states: Readonly<Record<string, number>>,
  dispatchEvent: Platform["dispatchEvent"],
): void {
  const { prototype } = eventSource;
  extend(eventSource, realm.EventTarget);
  // Bundlers and minifiers rename classes.
  Object.defineProperty(eventSource, "name", { value: "EventSource" });
  Object.defineProperty(eventSource, "fromReadableStream", { enumerable: true });
  // By this, libraries tell a class that takes a `fetch` from the platform's: as in eventsource 4.
  Object.defineProperty(eventSource, Symbol.for("eventsource.supports-fetch-override"), {
    value: true,
  });
  enumerable(prototype);
  Object.defineProperty(prototype, Symbol.toStringTag, {
    value: "EventSource",
    configurable: true,
  });
  // Constants stand on the interface object and its prototype, read-only.
  for (const [name, value] of Object.entries(states)) {
    for (const target of [eventSource, prototype]) {
      Object.defineProperty(target, name, { value, enumerable: true });
    }
  }
  if (dispatchEvent !== undefined) {
    // For events that scripts dispatch; ours already go this way.
    method(prototype, "dispatchEvent", function (this: EventTarget, event: Event): boolean {
      return dispatchEvent(this, event);
    });
  }
  // Node.js had it before the syntax; some browsers lack it.
  if (Symbol.dispose !== undefined) {
    method(prototype, Symbol.dispose, function (this: { close(): void }): void {
      this.close();
    });
  }
}
