/**
 * `EventSource` as a page sees it: the class, its attributes and operations.
 *
 * @module
 */

import { check, kindOf, misuse } from "./check.ts";
import { eventHandlers } from "./dispatch.ts";
import type { EventSourceInit } from "./options.ts";
import type { Platform } from "./platform.ts";
import { type Reader, type Source, startSource, STREAM_DETAILS } from "./source.ts";
import type { EventSource as PublicEventSource, EventSourceConstructor } from "./types.ts";
import { finishInterface } from "./web_idl.ts";

type Handler<Type extends "onopen" | "onmessage" | "onerror"> = NonNullable<
  PublicEventSource[Type]
>;

/** Creates the class for a platform. */
export function createEventSource(platform: Platform): EventSourceConstructor {
  /** The reader of the stream that the next source is made from. */
  let streamReader: Reader | undefined;

  class EventSource extends EventTarget {
    readonly #source: Source;
    readonly #handlers = eventHandlers(this);

    // The length is 1: as in Web IDL, optional arguments do not count.
    constructor(url: string | URL, init: EventSourceInit | null = {}) {
      if (arguments.length === 0) throw misuse("the URL is missing");
      super();
      this.#source = startSource(platform, this, `${url}`, init, streamReader);
    }

    static fromReadableStream(
      stream: ReadableStream<Uint8Array | string>,
    ): EventSource {
      const isStream = stream instanceof ReadableStream;
      check(isStream, "the stream must be a ReadableStream", kindOf(stream));
      // Locked at once; the platform refuses a locked one. The parser checks the type of each chunk.
      streamReader = (stream as ReadableStream<Uint8Array>).getReader();
      try {
        return new EventSource(STREAM_DETAILS.url);
      } finally {
        streamReader = undefined;
      }
    }

    get url(): string {
      return this.#source.url;
    }

    get withCredentials(): boolean {
      return this.#source.withCredentials;
    }

    get readyState(): 0 | 1 | 2 {
      return this.#source.readyState();
    }

    get lastEventId(): string {
      return this.#source.lastEventId();
    }

    get reconnectionTime(): number {
      return this.#source.reconnectionTime();
    }

    get onopen(): Handler<"onopen"> | null {
      return this.#handlers.get("open");
    }

    set onopen(value: Handler<"onopen"> | null) {
      this.#handlers.set("open", value);
    }

    get onmessage(): Handler<"onmessage"> | null {
      return this.#handlers.get("message");
    }

    set onmessage(value: Handler<"onmessage"> | null) {
      this.#handlers.set("message", value);
    }

    get onerror(): Handler<"onerror"> | null {
      return this.#handlers.get("error");
    }

    set onerror(value: Handler<"onerror"> | null) {
      this.#handlers.set("error", value);
    }

    close(): void {
      this.#source.close();
    }

    reset(): void {
      this.#source.reset();
    }

    reconnect(): void {
      this.#source.reconnect();
    }

    // Some browsers lack the symbol.
    [Symbol.dispose ?? Symbol()](): void {
      this.close();
    }

    [Symbol.asyncIterator](): AsyncIterableIterator<MessageEvent, undefined> {
      return this.#source.iterate();
    }
  }

  finishInterface(EventSource, ["CONNECTING", "OPEN", "CLOSED"]);
  // The type adds what the class cannot declare: the constants and `Symbol.dispose` added above, and
  // listeners typed by event name.
  return EventSource as unknown as EventSourceConstructor;
}
