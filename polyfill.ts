/**
 * Side effects only: sets `globalThis.EventSourcePolyfill`, and `globalThis.EventSource` where there
 * is none. If it is loaded twice, the first copy stays. It replaces another library's
 * `EventSourcePolyfill`, but not its `EventSource`.
 *
 * The npm package also holds it as a script for pages, `dist/eventsource-polyfill.js`, compiled for
 * Chrome 100, Firefox 102, Safari 16.4 and later. It evaluates no text as code, and works in
 * dedicated, shared and service workers.
 *
 * @example In a module
 * ```ts
 * import "@x/eventsource/polyfill";
 *
 * const source = new EventSource("https://example.com/events");
 * source.onmessage = (event) => {
 *   console.log(event.data);
 *   source.close();
 * };
 * ```
 *
 * From npm, the import also declares the type of `EventSourcePolyfill`. JSR accepts no declarations
 * of globals: from there, import `EventSource` from the main entry.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface}
 * @module
 */

import { EventSource } from "./mod.ts";

const globals = globalThis as { EventSource?: unknown; EventSourcePolyfill?: unknown };

const polyfill = isOurs(globals.EventSourcePolyfill) ? globals.EventSourcePolyfill : EventSource;
if (globals.EventSourcePolyfill !== polyfill) define("EventSourcePolyfill");
if (typeof globals.EventSource !== "function") define("EventSource");

/** Whether a value is this library's class, from this copy or another. */
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
