/**
 * The same `EventSource` for Workers, without what only Deno's and Bun's `fetch` can do. Bundlers for
 * Workers take it as the main entry of the npm package.
 *
 * @example Follow a stream
 * ```ts
 * import { EventSource } from "@x/eventsource/workers";
 *
 * const source = new EventSource("https://example.com/events", {
 *   headers: { Authorization: "Bearer token" },
 * });
 * source.onmessage = (event) => {
 *   console.log(event.data);
 *   source.close();
 * };
 * ```
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html}
 * @module
 */

import { createOffPage } from "./src/off_page.ts";
import { workersTransport } from "./src/transports/workers.ts";
import type { EventSource as Source, EventSourceConstructor } from "./src/types.ts";

export * from "./src/surface.ts";

/** A client for server-sent events, over a Worker's `fetch`. */
export interface EventSource<
  Events extends { [Type in keyof Events]: string } = Record<never, string>,
> extends Source<Events> {}

/**
 * A client for server-sent events, over a Worker's `fetch`.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface}
 */
export const EventSource: EventSourceConstructor = /* @__PURE__ */ createOffPage(
  workersTransport,
);
