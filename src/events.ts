/**
 * The events of an `EventSource`: real `Event` objects, cheaper than the platform's.
 *
 * @module
 */

import { realm } from "./dispatch.ts";
import type { EventSourceError, EventSourceErrorReason } from "./errors.ts";
import { finishClass } from "./web_idl.ts";

const NO_PORTS: readonly MessagePort[] = Object.freeze([]);

/**
 * A message event. On Node.js 24, `new MessageEvent` costs ten times as much as a subclass of
 * `Event`. So this is such a subclass, whose prototype inherits from `MessageEvent.prototype` and
 * overrides all its accessors. It passes `instanceof MessageEvent`.
 */
export class StreamMessageEvent extends Event {
  readonly #data: string;
  readonly #origin: string;
  readonly #lastEventId: string;

  constructor(type: string, data: string, origin: string, lastEventId: string) {
    super(type);
    this.#data = data;
    this.#origin = origin;
    this.#lastEventId = lastEventId;
  }

  get data(): string {
    return this.#data;
  }

  get origin(): string {
    return this.#origin;
  }

  get lastEventId(): string {
    return this.#lastEventId;
  }

  get source(): null {
    return null;
  }

  get ports(): readonly MessagePort[] {
    return NO_PORTS;
  }
}

finishEvent(StreamMessageEvent, "MessageEvent");
// A replaced class would make an event that cannot be dispatched, or read.
if (globalThis.MessageEvent?.prototype instanceof realm.Event) {
  Object.setPrototypeOf(StreamMessageEvent.prototype, MessageEvent.prototype);
  Object.defineProperty(StreamMessageEvent.prototype, "constructor", {
    value: MessageEvent,
  });
}

/**
 * Fired when a connection opens.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#announce-the-connection}
 */
export class EventSourceOpenEvent extends Event {
  readonly #details: Pick<EventSourceOpenEvent, "status" | "headers" | "url" | "redirected">;

  /**
   * Creates an event, for tests and mocks.
   *
   * @param type The type, `"open"`.
   * @param details The members of the event.
   */
  constructor(
    type: string,
    details: Pick<EventSourceOpenEvent, "status" | "headers" | "url" | "redirected">,
  ) {
    super(type);
    this.#details = details;
  }

  /** The response's status; `undefined` for a source made from a stream. */
  get status(): number | undefined {
    return this.#details.status;
  }

  /** The response's headers; `undefined` for a source made from a stream. */
  get headers(): Headers | undefined {
    return this.#details.headers;
  }

  /** The response's URL, after redirects; `"about:event-stream"` for a stream. */
  get url(): string {
    return this.#details.url;
  }

  /** Whether the request was redirected. */
  get redirected(): boolean {
    return this.#details.redirected;
  }
}

finishEvent(EventSourceOpenEvent, "EventSourceOpenEvent");

/**
 * Fired whenever a connection ends or an attempt fails. Its class tells it apart from a message that
 * a server sends as `event: error`.
 *
 * @example Tell the two kinds of error apart
 * ```ts
 * import { EventSource, EventSourceErrorEvent } from "@x/eventsource";
 *
 * const source = new EventSource("https://example.com/events");
 * source.onerror = (event) => {
 *   if (event instanceof EventSourceErrorEvent) console.log(event.reason, event.message);
 *   else console.log("the server said", event.data);
 *   source.close();
 * };
 * ```
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#fail-the-connection}
 */
export class EventSourceErrorEvent extends Event {
  readonly #details: ConstructorParameters<typeof EventSourceErrorEvent>[1];

  /**
   * Creates an event, for tests and mocks.
   *
   * @param type The type, `"error"`.
   * @param details The error; a response other than the error's; the milliseconds until the next
   * attempt (`undefined` if none follows); how many consecutive attempts have ended (default: 1).
   */
  constructor(
    type: string,
    details: {
      readonly error: EventSourceError;
      readonly response?: Response | undefined;
      readonly delay?: number | undefined;
      readonly attempt?: number | undefined;
    },
  ) {
    super(type);
    this.#details = { ...details };
  }

  /**
   * What was attempted and what happened, for people. It holds no password, and no header value but
   * a content type or encoding of the response that was refused.
   */
  get message(): string {
    return this.error.message;
  }

  /** The error. Its `cause` is what the runtime threw, if it did. */
  get error(): EventSourceError {
    return this.#details.error;
  }

  /** Why, for programs. */
  get reason(): EventSourceErrorReason {
    return this.error.reason;
  }

  /** The response's status; `undefined` if there was no response. */
  get status(): number | undefined {
    return this.error.status;
  }

  /** The status of a rejected response, as in `eventsource` 3-5; otherwise `undefined`. */
  get code(): number | undefined {
    return /^(status|content-type)$/.test(this.reason) ? this.status : undefined;
  }

  /**
   * The rejected response, for `"status"` and `"content-type"`; otherwise `undefined`. Read its body
   * inside the listener; otherwise it is cancelled. A read that has begun continues past `close()`.
   */
  get response(): Response | undefined {
    return this.#details.response ?? this.error.response;
  }

  /** Whether another attempt follows. */
  get willReconnect(): boolean {
    return this.delay !== undefined;
  }

  /** Milliseconds until the next attempt; `undefined` if none follows. */
  get delay(): number | undefined {
    return this.#details.delay;
  }

  /** How many consecutive attempts have ended, including this one. */
  get attempt(): number {
    return this.#details.attempt ?? 1;
  }
}

finishEvent(EventSourceErrorEvent, "EventSourceErrorEvent");

/** Gives an event's class the properties of the platform's classes. */
function finishEvent(eventClass: { readonly prototype: Event }, name: string): void {
  // True where a script can set it; Bun and browsers define it on each event.
  Object.defineProperty(eventClass.prototype, "isTrusted", { configurable: true, get: () => true });
  // The setter is for older Event constructors of Deno, which assign it.
  finishClass(eventClass, realm.Event, name, { get: () => name, set: () => {} });
}
