/**
 * Event handlers (`onmessage` and its like), and dispatching through the runtime's own EventTarget
 * where that differs from the DOM standard.
 *
 * - workerd's calls `this["on" + type]` before the listeners, whatever that is. The type is the
 *   server's to choose: it would reach any method of a subclass whose name begins with "on", and
 *   call the `on*` attributes twice.
 * - workerd's lets a listener's exception through to the caller, before the compatibility date
 *   2026-09-01.
 *
 * @module
 */

/** Whether this runtime's EventTarget calls `on<type>` by itself. */
export let reflectsHandlers = false;

interface Realm {
  readonly Event: typeof Event;
  readonly EventTarget: typeof EventTarget;
}

/**
 * Classes that go together: the globals, unless somebody has replaced one and not the other
 * (Angular's server rendering, tests with a DOM). The platform's own then, which signals are of.
 */
export const realm: Realm = findRealm();

const { addEventListener, dispatchEvent, removeEventListener } = realm.EventTarget.prototype;

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

/** @throws {TypeError} If the one does not dispatch the other. */
function probe(realm: Realm): Realm {
  const target = new realm.EventTarget();
  Object.defineProperty(target, "onprobe", { get: () => void (reflectsHandlers = true) });
  target.dispatchEvent(new realm.Event("probe"));
  return realm;
}

/** Dispatches an event that a script has made, as `EventTarget.prototype.dispatchEvent` does. */
export const dispatchToListeners: (target: EventTarget, event: Event) => boolean = reflectsHandlers
  ? dispatchUnreflected
  : (target, event) => dispatchEvent.call(target, event);

/** Dispatches an event of ours. An exception of a listener is reported, and goes no further. */
export function dispatch(target: EventTarget, event: Event): void {
  try {
    dispatchToListeners(target, event);
  } catch (exception) {
    reportException(exception);
  }
}

/** Calls a function of the user's. An exception is reported, and goes no further. */
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

function dispatchUnreflected(target: EventTarget, event: Event): boolean {
  const name = `on${event.type}`;
  if (!(name in target)) return dispatchEvent.call(target, event);
  // Hidden for the first read, which is the runtime's: listeners see the property as it is.
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
 * One event handler: a listener that is there as long as the attribute is not null, in the position
 * where it last became so.
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
    // [LegacyTreatNonObjectAsNull]: an object that is not callable is kept, and never called.
    const next = typeof value === "function" || typeof value === "object" ? value : null;
    if (next === null) {
      removeEventListener.call(this.#target, this.#type, this.#listener);
    } else if (this.#value === null) {
      addEventListener.call(this.#target, this.#type, this.#listener);
    }
    this.#value = next;
  }

  // It returns nothing: workerd warns about a listener that does.
  readonly #listener = (event: Event): void => {
    if (typeof this.#value === "function") this.#value.call(this.#target, event);
  };
}
