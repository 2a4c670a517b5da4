/**
 * The events that an `EventSource` dispatches: real `Event` objects, lighter than the platform's.
 *
 * @module
 */

import type { EventSourceError, EventSourceErrorReason } from "./errors.ts";
import { enumerable } from "./web_idl.ts";

/** The members that this library adds to an `open` event. */
export interface EventSourceOpenDetails {
  /** The response's status; `undefined` for a source that was made from a stream. */
  readonly status: number | undefined;
  /** The response's headers; `undefined` for a source that was made from a stream. */
  readonly headers: Headers | undefined;
  /** The URL of the response, after redirects; `"about:event-stream"` for a stream. */
  readonly url: string;
  /** Whether there was a redirect. */
  readonly redirected: boolean;
}

/** The members that this library adds to an `error` event. */
export interface EventSourceErrorDetails {
  /**
   * What was attempted and what was met, for a person. It holds no password, and no value of a
   * header field but the response's content type or encoding, where that was refused.
   */
  readonly message: string;
  /** The same as an `Error`, whose `cause` is what the runtime threw, where it threw. */
  readonly error: EventSourceError;
  /** The same for a program. */
  readonly reason: EventSourceErrorReason;
  /** The response's status; `undefined` where there was no response. */
  readonly status: number | undefined;
  /** An alias of `status`, which other clients call so. */
  readonly code: number | undefined;
  /**
   * The response that was rejected (`"status"` and `"content-type"`), otherwise `undefined`. A
   * listener that wants its body begins to read it before it returns: a body that nobody has begun
   * to read by then is cancelled, and one that somebody reads is theirs, past `close()` too.
   */
  readonly response: Response | undefined;
  /** Whether another attempt follows. */
  readonly willReconnect: boolean;
  /** How long until then, in milliseconds; `undefined` if none follows. */
  readonly delay: number | undefined;
  /** How many attempts in a row have ended, this one included. */
  readonly attempt: number;
}

/** What an {@linkcode EventSourceErrorEvent} is made of. */
export interface EventSourceErrorInit {
  /** The error; its message, reason and status are the event's. */
  readonly error: EventSourceError;
  /** The rejected response; read from here each time the event is asked for it. */
  readonly response?: Response | undefined;
  /** How long until the next attempt, in milliseconds; `undefined` if none follows. */
  readonly delay?: number | undefined;
  /** How many attempts in a row have ended, this one included. Default: 1. */
  readonly attempt?: number | undefined;
}

/** The event that says that a connection is open. */
export interface EventSourceOpenEvent extends Event, EventSourceOpenDetails {
  // Said again for those who have @types/eventsource 1.x, which gives every Event a status.
  /** The response's status; `undefined` for a source that was made from a stream. */
  readonly status: number | undefined;
}

/** The event that says that a connection, or an attempt at one, has ended. */
export interface EventSourceErrorEvent extends Event, EventSourceErrorDetails {
  // Said again for those who have @types/eventsource 1.x, which gives every Event a status.
  /** The response's status; `undefined` where there was no response. */
  readonly status: number | undefined;
}

const NO_PORTS: readonly MessagePort[] = Object.freeze([]);

/**
 * A message event. On Node.js 24, `new MessageEvent` costs ten times as much as a subclass of
 * `Event`: so this is one, put in front of `MessageEvent.prototype`, every accessor of which it
 * overrides. It passes `instanceof MessageEvent`.
 *
 * `isTrusted` is true where a script may say so. The other platforms (Bun, browsers) define it on
 * each event.
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

  override get isTrusted(): boolean {
    return true;
  }
}

defineEvent(StreamMessageEvent, "MessageEvent");
Object.setPrototypeOf(StreamMessageEvent.prototype, MessageEvent.prototype);
Object.defineProperty(StreamMessageEvent.prototype, "constructor", {
  value: MessageEvent,
});

/** Makes a message event. */
export function messageEvent(
  type: string,
  data: string,
  origin: string,
  lastEventId: string,
): MessageEvent {
  // All that the type has besides is initMessageEvent, a relic that is of no use to a listener.
  return new StreamMessageEvent(
    type,
    data,
    origin,
    lastEventId,
  ) as unknown as MessageEvent;
}

/** An `open` event. */
class OpenEvent extends Event implements EventSourceOpenEvent {
  readonly #details: EventSourceOpenDetails;

  constructor(type: string, details: EventSourceOpenDetails) {
    super(type);
    this.#details = details;
  }

  get status(): number | undefined {
    return this.#details.status;
  }

  get headers(): Headers | undefined {
    return this.#details.headers;
  }

  get url(): string {
    return this.#details.url;
  }

  get redirected(): boolean {
    return this.#details.redirected;
  }

  override get isTrusted(): boolean {
    return true;
  }
}

/** An `error` event. */
class ErrorEvent extends Event implements EventSourceErrorEvent {
  readonly #details: EventSourceErrorInit;

  constructor(type: string, details: EventSourceErrorInit) {
    super(type);
    this.#details = details;
  }

  get message(): string {
    return this.#details.error.message;
  }

  get error(): EventSourceError {
    return this.#details.error;
  }

  get reason(): EventSourceErrorReason {
    return this.#details.error.reason;
  }

  get status(): number | undefined {
    return this.#details.error.status;
  }

  get code(): number | undefined {
    return this.#details.error.status;
  }

  get response(): Response | undefined {
    return this.#details.response;
  }

  get willReconnect(): boolean {
    return this.#details.delay !== undefined;
  }

  get delay(): number | undefined {
    return this.#details.delay;
  }

  get attempt(): number {
    return this.#details.attempt ?? 1;
  }

  override get isTrusted(): boolean {
    return true;
  }
}

/**
 * The class of the events that say that a connection is open.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#announce-the-connection}
 */
export const EventSourceOpenEvent: {
  readonly prototype: EventSourceOpenEvent;
  new (type: string, details: EventSourceOpenDetails): EventSourceOpenEvent;
} = defineEvent(OpenEvent, "EventSourceOpenEvent");

/**
 * The class of the events that say that a connection, or an attempt at one, has ended. It tells
 * them apart from a message that a server sends as `event: error`.
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
export const EventSourceErrorEvent: {
  readonly prototype: EventSourceErrorEvent;
  new (type: string, details: EventSourceErrorInit): EventSourceErrorEvent;
} = defineEvent(ErrorEvent, "EventSourceErrorEvent");

/** Finishes the class of an event. */
function defineEvent<EventClass extends { prototype: Event }>(
  eventClass: EventClass,
  name: string,
): EventClass {
  const { prototype } = eventClass;
  Object.defineProperty(eventClass, "name", { value: name });
  enumerable(prototype);
  nameEvent(prototype, name);
  return eventClass;
}

/**
 * For `Object.prototype.toString`. Older Event constructors of Deno assign it, which is ignored.
 */
function nameEvent(prototype: object, name: string): void {
  Object.defineProperty(prototype, Symbol.toStringTag, {
    configurable: true,
    get: () => name,
    set: () => {},
  });
}
