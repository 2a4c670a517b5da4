/**
 * The same `EventSource` for pages, a fifth smaller: without what a page's `fetch` does by itself
 * (redirects) or cannot do at all (TLS options, proxies), and without printing as text. From npm,
 * bundlers for browsers take it for the main entry.
 *
 * On other runtimes it takes a redirect for a failure, since to have it followed would be to have
 * `headers` sent to another origin: import the main entry there.
 *
 * @example Follow a stream in a page
 * ```ts
 * import { EventSource } from "@x/eventsource/browser";
 *
 * const source = new EventSource("data:text/event-stream,data:%20hello%0A%0A");
 * source.onmessage = (event) => {
 *   console.log(event.data);
 *   source.close();
 * };
 * ```
 *
 * @module
 */

import { createEventSource } from "./src/event_source.ts";
import { fetchTransport } from "./src/transports/fetch.ts";
import type { EventSource as Source, EventSourceConstructor } from "./src/types.ts";

export * from "./src/surface.ts";

/** A client for server-sent events, over a page's `fetch`. */
export interface EventSource<
  Events extends { [Type in keyof Events]: string } = Record<never, string>,
> extends Source<Events> {}

/**
 * A client for server-sent events, over a page's `fetch`.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface}
 */
export const EventSource: EventSourceConstructor = createEventSource(fetchTransport);
