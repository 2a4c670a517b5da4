/**
 * The same `EventSource` over node:http and node:https, for Node.js, Deno and Bun: any header, all
 * TLS options, SOCKS proxies, and no time limit on silence.
 *
 * @example Follow a stream through a proxy, from a server whose certificate your own CA has signed
 * ```ts
 * import { EventSource } from "@x/eventsource/node";
 *
 * const source = new EventSource("https://example.com/events", {
 *   headers: { Cookie: "session=1" },
 *   https: { ca: "-----BEGIN CERTIFICATE-----..." },
 *   proxy: "http://user:password@proxy.example:3128",
 * });
 * source.close();
 * ```
 *
 * @module
 */

import { createOffPage } from "./src/off_page.ts";
import { nodeTransport } from "./src/transports/node/request.ts";
import { nodeUserFetchTransport } from "./src/transports/node/user_fetch.ts";
import type { EventSource as Source, EventSourceConstructor } from "./src/types.ts";

export * from "./src/surface.ts";

/** A client for server-sent events, over node:http and node:https. */
export interface EventSource<
  Events extends { [Type in keyof Events]: string } = Record<never, string>,
> extends Source<Events> {}

/**
 * A client for server-sent events, over node:http and node:https.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface}
 */
export const EventSource: EventSourceConstructor = /* @__PURE__ */ createOffPage(
  (init) =>
    init.fetch === undefined ? nodeTransport(init) : nodeUserFetchTransport(init, init.fetch),
);
