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
 * The answer of a user's function, called as a method of `self`. Its exception is not thrown, but
 * reported in a microtask.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/webappapis.html#report-the-exception}
 */
export function reporting<Argument, Answer>(
  call: (this: never, argument: Argument) => Answer,
  self?: unknown,
  argument?: Argument,
): Answer | undefined {
  try {
    return call.call(self as never, argument as Argument);
  } catch (exception) {
    queueMicrotask(() => {
      throw exception;
    });
    return undefined;
  }
}

/**
 * One event handler attribute: a listener while the attribute is not null, in the position where it
 * last became non-null. It knows its type, as asking each event for it takes time.
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
    this.#value = Object(value) === value ? value : null;
    // A listener that is there already keeps its position.
    (this.#value ? addEventListener : removeEventListener).call(this.#target, this.#type, this);
  }

  /** Called by the target. Returns nothing, because workerd warns about listeners that do. */
  handleEvent(event: Event): void {
    if (typeof this.#value === "function") this.#value.call(this.#target, event);
  }
}
