/**
 * The differences between workerd and the standards.
 *
 * - It calls `this["on" + type]` before the listeners. Because the server chooses the type, that would
 *   reach any method of a subclass whose name begins with "on", and call the `on*` attributes twice.
 * - Its header values are text, not bytes.
 *
 * @module
 */

import { dispatchEvent, realm } from "./dispatch.ts";
import { encodeId } from "./request/headers.ts";

/** Whether the runtime makes that call. */
export function reflectsHandlers(): boolean {
  let isReflected = false;
  const target = new realm.EventTarget();
  Object.defineProperty(target, "onprobe", { get: () => void (isReflected = true) });
  target.dispatchEvent(new realm.Event("probe"));
  return isReflected;
}

/** Dispatches an event without that call. */
export function dispatchUnreflected(this: EventTarget, event: Event): boolean {
  const name = `on${event.type}`;
  if (!(name in this)) return dispatchEvent.call(this, event);
  // Hidden for the first read, by the runtime, so that listeners see the property unchanged.
  const own = Object.getOwnPropertyDescriptor(this, name);
  const restore = (): void => {
    if (own === undefined) Reflect.deleteProperty(this, name);
    else Reflect.defineProperty(this, name, own);
  };
  Reflect.defineProperty(this, name, { configurable: true, get: restore });
  try {
    return dispatchEvent.call(this, event);
  } finally {
    restore();
  }
}

/** The last id and its header value, kept because reconnections and redirects ask for the same. */
let knownId = "";
let knownValue = "";

/** The value of `Last-Event-ID` on this runtime; empty if the id cannot be sent. */
export function idValue(id: string): string {
  if (id === knownId) return knownValue;
  const encoded = encodeId(id);
  // An id of many megabytes is not kept.
  if (encoded === "") return "";
  knownId = id;
  return knownValue = takesText() ? id : encoded;
}

/**
 * Whether the values of header fields are text on this runtime. Asked by an id that is sent, not
 * at the import: on Deno the first `Headers`, and the error, take a tenth of the start.
 */
function takesText(): boolean {
  try {
    new Headers({ a: "\u2026" });
    return true;
  } catch {
    return false;
  }
}
