/**
 * Event handlers such as `onmessage`, and dispatch through the runtime's own EventTarget.
 *
 * @module
 */

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
    // Throws if the target does not dispatch the event.
    new EventTarget().dispatchEvent(new Event("probe"));
    return globalThis;
  } catch {
    const controller = new AbortController();
    const { signal } = controller;
    const found = { Event, EventTarget: Object.getPrototypeOf(signal.constructor) };
    signal.onabort = ({ constructor }) => found.Event = constructor as typeof Event;
    controller.abort();
    return found;
  }
}

/**
 * The answer of a user's function. Its exception is not thrown, but reported in a microtask.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/webappapis.html#report-the-exception}
 */
export function reporting<Answer>(call: () => Answer): Answer | undefined {
  try {
    return call();
  } catch (exception) {
    queueMicrotask(() => {
      throw exception;
    });
    return undefined;
  }
}

/** The event handler attributes of a target, by the types of their events. */
export interface EventHandlers {
  // deno-lint-ignore no-explicit-any
  get(type: string): any;
  set(type: string, value: unknown): void;
}

/**
 * Event handler attributes: each is a listener while it is not null, in the position where it last
 * became non-null.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/webappapis.html#event-handler-attributes}
 */
export function eventHandlers(target: EventTarget): EventHandlers {
  const handlers = new Map<string, unknown>();
  /** One for all types. Returns nothing, because workerd warns about listeners that do. */
  function listener(event: Event): void {
    const handler = handlers.get(event.type);
    if (typeof handler === "function") handler.call(target, event);
  }
  return {
    get: (type) => handlers.get(type) ?? null,
    set(type, value): void {
      // [LegacyTreatNonObjectAsNull]: an object that is not callable is kept, but never called.
      const next = typeof value === "function" || typeof value === "object" ? value : null;
      handlers.set(type, next);
      // A listener that is there already keeps its position.
      (next ? addEventListener : removeEventListener).call(target, type, listener);
    },
  };
}
