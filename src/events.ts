/**
 * The events that an `EventSource` dispatches: real `Event` objects, lighter than the platform's.
 *
 * @module
 */

import { realm } from "./dispatch.ts";
import type { EventSourceError, EventSourceErrorReason } from "./errors.ts";
import { enumerable, extend } from "./web_idl.ts";

const NO_PORTS: readonly MessagePort[] = Object.freeze([]);

/**
 * A message event. On Node.js 24, `new MessageEvent` costs ten times as much as a subclass of
 * `Event`: so this is one, put in front of `MessageEvent.prototype`, every accessor of which it
 * overrides. It passes `instanceof MessageEvent`.
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
// One of somebody else's would make an event that cannot be dispatched, or read.
if (globalThis.MessageEvent?.prototype instanceof realm.Event) {
  Object.setPrototypeOf(StreamMessageEvent.prototype, MessageEvent.prototype);
  Object.defineProperty(StreamMessageEvent.prototype, "constructor", {
    value: MessageEvent,
  });
}

/** Makes a message event. */
export function messageEvent(
  type: string,
  data: string,
  origin: string,
  lastEventId: string,
): MessageEvent {
  // The type has one more member, initMessageEvent, a relic that is of no use to a listener.
  return new StreamMessageEvent(
    type,
    data,
    origin,
    lastEventId,
  ) as unknown as MessageEvent;
}

/**
 * The event that a connection has opened.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#announce-the-connection}
 */
export class EventSourceOpenEvent extends Event {
  readonly #details: Pick<EventSourceOpenEvent, "status" | "headers" | "url" | "redirected">;

  /**
   * Makes an event, for tests and mocks.
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

  /** The response's status; `undefined` for a source that was made from a stream. */
  get status(): number | undefined {
    return this.#details.status;
  }

  /** The response's headers; `undefined` for a source that was made from a stream. */
  get headers(): Headers | undefined {
    return this.#details.headers;
  }

  /** The URL of the response, after redirects; `"about:event-stream"` for a stream. */
  get url(): string {
    return this.#details.url;
  }

  /** Whether there was a redirect. */
  get redirected(): boolean {
    return this.#details.redirected;
  }
}

finishEvent(EventSourceOpenEvent, "EventSourceOpenEvent");

/**
 * The event that a connection has ended, or an attempt has failed. Its class tells it apart from a
 * message that a server sends as `event: error`.
 *
 * @example Tell the two kinds of error apart
 * ```ts
 * import { EventSource, EventSourceErrorEvent } from "@x/eventsource";
 *
 * const source = new EventSource("data:text/event-stream,");
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
  readonly #error: EventSourceError;
  readonly #response: Response | undefined;
  readonly #delay: number | undefined;
  readonly #attempt: number;

  /**
   * Makes an event, for tests and mocks.
   *
   * @param type The type, `"error"`.
   * @param details The error, a response if it is not the error's, the milliseconds until the next
   * attempt (`undefined` if none follows), and how many consecutive attempts have ended (default: 1).
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
    const { error, response, delay, attempt = 1 } = details;
    this.#error = error;
    this.#response = response;
    this.#delay = delay;
    this.#attempt = attempt;
  }

  /**
   * What was attempted and what was met, for a person. It holds no password, and no value of a
   * header field but the response's content type or encoding, if that was refused.
   */
  get message(): string {
    return this.#error.message;
  }

  /** The error itself; its `cause` is what the runtime threw, if it threw. */
  get error(): EventSourceError {
    return this.#error;
  }

  /** Why, for a program. */
  get reason(): EventSourceErrorReason {
    return this.#error.reason;
  }

  /** The response's status; `undefined` if there was no response. */
  get status(): number | undefined {
    return this.#error.status;
  }

  /** The status of a rejected response; otherwise `undefined`, as in other clients. */
  get code(): number | undefined {
    return /^(status|content-type)$/.test(this.reason) ? this.status : undefined;
  }

  /**
   * The rejected response (`"status"` and `"content-type"`); otherwise `undefined`. To read its
   * body, begin inside the listener: the read then goes on past `close()`. A body that nobody has
   * begun to read by then is cancelled.
   */
  get response(): Response | undefined {
    return this.#response ?? this.#error.response;
  }

  /** Whether another attempt follows. */
  get willReconnect(): boolean {
    return this.#delay !== undefined;
  }

  /** Milliseconds until the next attempt; `undefined` if none follows. */
  get delay(): number | undefined {
    return this.#delay;
  }

  /** How many consecutive attempts have ended, this one included. */
  get attempt(): number {
    return this.#attempt;
  }
}

finishEvent(EventSourceErrorEvent, "EventSourceErrorEvent");

/** Gives the class of an event what those of the platform have. */
function finishEvent(eventClass: { readonly prototype: Event }, name: string): void {
  const { prototype } = eventClass;
  extend(eventClass, realm.Event);
  Object.defineProperty(eventClass, "name", { value: name });
  // True where a script may say so; Bun and browsers define it on each event.
  Object.defineProperty(prototype, "isTrusted", { configurable: true, get: () => true });
  enumerable(prototype);
  Object.defineProperty(prototype, Symbol.toStringTag, {
    configurable: true,
    get: () => name,
    // Older Event constructors of Deno assign it.
    set: () => {},
  });
}
