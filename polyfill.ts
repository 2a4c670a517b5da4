/**
 * Side effects only: `globalThis.EventSourcePolyfill` is this library's `EventSource`, and so is
 * `globalThis.EventSource` where there is none. Loaded twice, the first copy counts. Another
 * library's `EventSourcePolyfill` is replaced, its `EventSource` stays.
 *
 * The npm package has it as a script for pages, too: `dist/eventsource-polyfill.js`, compiled for
 * Chrome 100, Firefox 102 and Safari 16.4, and all later ones. It evaluates no text as code, and
 * works in dedicated, shared and service workers as well.
 *
 * @example In a module
 * ```ts
 * import "@x/eventsource/polyfill";
 *
 * const source = new EventSource("data:text/event-stream,data:hello%0A%0A");
 * source.onmessage = (event) => {
 *   console.log(event.data);
 *   source.close();
 * };
 * ```
 *
 * From npm, the import declares the type of `EventSourcePolyfill` as well, with the type parameter
 * of `EventSource`. JSR takes no declarations of globals: from there, import `EventSource` from the
 * main entry, where its type is.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface}
 * @module
 */

import { EventSource } from "./mod.ts";

const globals = globalThis as { EventSource?: unknown; EventSourcePolyfill?: unknown };

const polyfill = isOurs(globals.EventSourcePolyfill) ? globals.EventSourcePolyfill : EventSource;
if (globals.EventSourcePolyfill !== polyfill) define("EventSourcePolyfill");
if (typeof globals.EventSource !== "function") define("EventSource");

/** Whether a value is the class of this library, of this copy or another. */
function isOurs(value: unknown): boolean {
  return typeof value === "function" && typeof value.prototype?.reconnect === "function";
}

/** @see {@link https://webidl.spec.whatwg.org/#define-the-global-property-references} */
function define(name: keyof typeof globals): void {
  Object.defineProperty(globalThis, name, {
    value: polyfill,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}
