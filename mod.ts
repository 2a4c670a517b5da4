/**
 * A client for server-sent events on every JavaScript runtime: the standard's `EventSource`, with
 * the options that it lacks, and the parser it is made of.
 *
 * @example Follow a stream
 * ```ts
 * import { EventSource } from "@x/eventsource";
 *
 * const source = new EventSource("data:text/event-stream,data:%20hello%0A%0A", {
 *   headers: { Authorization: "Bearer token" },
 * });
 * source.onmessage = (event) => {
 *   console.log(event.data);
 *   source.close();
 * };
 * source.onerror = (event) => console.error(event.message);
 * ```
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html}
 * @module
 */

import { createEventSource } from "./src/event_source.ts";
import { printInFull } from "./src/inspect.ts";
import { followRedirects } from "./src/request/redirect.ts";
import { defaultTransport } from "./src/transports/default.ts";
import type { EventSource as Source, EventSourceConstructor } from "./src/types.ts";

export * from "./src/surface.ts";

/** A client for server-sent events, over the runtime's own `fetch`. */
export interface EventSource<
  Events extends { [Type in keyof Events]: string } = Record<never, string>,
> extends Source<Events> {}

/**
 * A client for server-sent events, over the runtime's own `fetch`.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface}
 */
export const EventSource: EventSourceConstructor = createEventSource(
  defaultTransport,
  followRedirects,
);

printInFull(EventSource);
