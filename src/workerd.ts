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

/** What dispatches an event without that call; `undefined` where the runtime does not make it. */
export function workerdDispatch(): typeof dispatchUnreflected | undefined {
  let isReflected = false;
  const target = new realm.EventTarget();
  Object.defineProperty(target, "onprobe", { get: () => void (isReflected = true) });
  target.dispatchEvent(new realm.Event("probe"));
  return isReflected ? dispatchUnreflected : undefined;
}

function dispatchUnreflected(target: EventTarget, event: Event): boolean {
  const name = `on${event.type}`;
  if (!(name in target)) return dispatchEvent.call(target, event);
  // Hidden for the first read, by the runtime, so that listeners see the property unchanged.
  const own = Object.getOwnPropertyDescriptor(target, name);
  const restore = (): void => {
    if (own === undefined) Reflect.deleteProperty(target, name);
    else Reflect.defineProperty(target, name, own);
  };
  Reflect.defineProperty(target, name, { configurable: true, get: restore });
  try {
    return dispatchEvent.call(target, event);
  } finally {
    restore();
  }
}

/**
 * Whether the values of header fields are text on this runtime. Asked by an id that is sent, not
 * at the import: on Deno the first `Headers`, and the error, take a tenth of the start.
 */
export function takesText(): boolean {
  try {
    new Headers({ a: "\u2026" });
    return true;
  } catch {
    return false;
  }
}
