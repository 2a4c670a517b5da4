/**
 * What makes the class of `EventSource` an interface of the platform, in every descriptor.
 *
 * @module
 */

import { dispatchToListeners, reflectsHandlers } from "./dispatch.ts";
import { constants, enumerable, method, toStringTag } from "./web_idl.ts";

/** The class as far as this is about it. */
interface EventSourceClass {
  readonly prototype: EventTarget & { close(): void };
}

/** Finishes the class; `states` are its constants. */
export function finishInterface(
  eventSource: EventSourceClass,
  states: Readonly<Record<string, number>>,
): void {
  const { prototype } = eventSource;
  // Bundlers and minifiers rename classes.
  Object.defineProperty(eventSource, "name", { value: "EventSource" });
  Object.defineProperty(eventSource, "fromReadableStream", { enumerable: true });
  enumerable(prototype);
  toStringTag(prototype, "EventSource");
  constants(eventSource, states);
  if (reflectsHandlers) {
    // For events that a script dispatches: ours go the same way by themselves.
    method(prototype, "dispatchEvent", function (this: EventTarget, event: Event): boolean {
      return dispatchToListeners(this, event);
    });
  }
  // Node.js had it before the syntax; some browsers have neither.
  if (Symbol.dispose !== undefined) {
    method(prototype, Symbol.dispose, function (this: { close(): void }): void {
      this.close();
    });
  }
}
