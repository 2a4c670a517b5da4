/**
 * Event handlers such as `onmessage`, and dispatch through the runtime's own EventTarget where that
 * differs from the DOM standard.
 *
 * - workerd calls `this["on" + type]` before the listeners. Because the server chooses the type, that
 *   would reach any method of a subclass whose name begins with "on", and call the `on*` attributes
 *   twice.
 * - Before the compatibility date 2026-09-01, workerd lets a listener's exception through to the
 *   caller.
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

/** Dispatches an event of a script, as `EventTarget.prototype.dispatchEvent` does. */
export const dispatchToListeners: (target: EventTarget, event: Event) => boolean = reflectsHandlers
  ? dispatchUnreflected
  : (target, event) => dispatchEvent.call(target, event);

/** Dispatches one of our events. Exceptions of listeners are reported, not thrown. */
export function dispatch(target: EventTarget, event: Event): void {
  try {
    dispatchToListeners(target, event);
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
      removeEventListener.call(this.#target, this.#type, this.#listener);
    } else if (this.#value === null) {
      addEventListener.call(this.#target, this.#type, this.#listener);
    }
    this.#value = next;
  }

  // Returns nothing, because workerd warns about listeners that do.
  readonly #listener = (event: Event): void => {
    if (typeof this.#value === "function") this.#value.call(this.#target, event);
  };
}
