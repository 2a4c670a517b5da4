/**
 * Event handlers such as `onmessage`, and dispatch through the runtime's own EventTarget.
 *
 * @module
 */

import type { Platform } from "./platform.ts";

interface Realm {
  readonly Event: typeof Event;
  readonly EventTarget: typeof EventTarget;
}

/**
 * Event classes that fit together: the globals, unless a program has replaced only one of them
 * (Angular's server rendering, tests with a DOM). Then those of the platform's signals.
 */
export const realm: Realm = findRealm();

const { addEventListener, removeEventListener } = realm.EventTarget.prototype;

/** The method by which scripts dispatch. */
export const dispatchEvent: EventTarget["dispatchEvent"] =
  realm.EventTarget.prototype.dispatchEvent;

function findRealm(): Realm {
  try {
    return probe(globalThis);
  } catch {
    const controller = new AbortController();
    const { signal } = controller;
    const found = { EventTarget: Object.getPrototypeOf(signal.constructor) };
    signal.onabort = ({ constructor }) => Object.assign(found, { Event: constructor });
    controller.abort();
    return probe(found as Realm);
  }
}

/** @throws {TypeError} If the target does not dispatch the event. */
function probe(realm: Realm): Realm {
  new realm.EventTarget().dispatchEvent(new realm.Event("probe"));
  return realm;
}

/**
 * Dispatches one of our events, through `unusual` where the runtime's own dispatch differs from the
 * standard. Exceptions of listeners are reported, not thrown: before the compatibility date
 * 2026-09-01, workerd throws them.
 */
export function dispatch(
  target: EventTarget,
  event: Event,
  unusual: Platform["dispatchEvent"],
): void {
  try {
    if (unusual === undefined) dispatchEvent.call(target, event);
    else unusual(target, event);
  } catch (exception) {
    reportException(exception);
  }
}

/** Calls a function of the user. Its exception is reported, not thrown. */
export function reporting(call: () => void): void {
  try {
    call();
  } catch (exception) {
    reportException(exception);
  }
}

/** @see {@link https://html.spec.whatwg.org/multipage/webappapis.html#report-the-exception} */
export function reportException(exception: unknown): void {
  if (typeof reportError === "function") return reportError(exception);
  queueMicrotask(() => {
    throw exception;
  });
}

/**
 * One event handler attribute: a listener while the attribute is not null, in the position where it
 * last became non-null.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/webappapis.html#event-handler-attributes}
 */
export class EventHandler<Callback> {
  readonly #target: EventTarget;
  readonly #type: string;
  #value: Callback | null = null;

  constructor(target: EventTarget, type: string) {
    this.#target = target;
    this.#type = type;
  }

  get value(): Callback | null {
    return this.#value;
  }

  set value(value: Callback | null) {
    // [LegacyTreatNonObjectAsNull]: an object that is not callable is kept, but never called.
    const next = typeof value === "function" || typeof value === "object" ? value : null;
    if (next === null) {
      removeEventListener.call(this.#target, this.#type, this);
    } else if (this.#value === null) {
      addEventListener.call(this.#target, this.#type, this);
    }
    this.#value = next;
  }

  /** Called by the target. Returns nothing, because workerd warns about listeners that do. */
  handleEvent(event: Event): void {
    if (typeof this.#value === "function") this.#value.call(this.#target, event);
  }
}
