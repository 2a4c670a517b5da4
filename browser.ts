/**
 * The same `EventSource` for pages, a fifth smaller. It leaves out what a page's `fetch` does itself
 * (redirects) or cannot do (TLS options, proxies), and printing as text. Bundlers for browsers take it
 * as the main entry of the npm package.
 *
 * On other runtimes a redirect fails here, because following it would send `headers` to another
 * origin: import the main entry there.
 *
 * @example Follow a stream in a page
 * ```ts
 * import { EventSource } from "@x/eventsource/browser";
 *
 * const source = new EventSource("https://example.com/events");
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
export const EventSource: EventSourceConstructor = /* @__PURE__ */ createEventSource({
  createTransport: fetchTransport,
});
