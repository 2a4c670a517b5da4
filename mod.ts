/**
 * A client for server-sent events on every JavaScript runtime: the standard `EventSource` with
 * headers, bodies, reconnection policies, `for await` and detailed errors, and its parser.
 *
 * @example Follow a stream
 * ```ts
 * import { EventSource } from "@x/eventsource";
 *
 * const source = new EventSource("https://example.com/events", {
 *   headers: { Authorization: "Bearer token" },
 * });
 * source.onerror = ({ message, willReconnect }) => willReconnect && console.error(message);
 * for await (const { type, data } of source) console.log(type, data);
 * ```
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html}
 * @module
 */

import { createOffPage } from "./src/off_page.ts";
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
export const EventSource: EventSourceConstructor = /* @__PURE__ */ createOffPage(
  defaultTransport,
);
