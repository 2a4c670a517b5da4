/**
 * Event handler IDL attributes (`onmessage` and its like).
 *
 * @module
 */

const { addEventListener, removeEventListener } = EventTarget.prototype;

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
