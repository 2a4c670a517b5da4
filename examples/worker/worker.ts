/**
 * A Cloudflare Worker between one event stream and its readers:
 *
 * - `/wind?above=5` reads the stream until the wind is that strong, and answers;
 * - `/fahrenheit` hands the stream on, event by event, with another unit;
 * - `/feed` fans it out: any number of readers on one upstream connection, in Durable Objects.
 *
 * @module
 */

import { waitForWind } from "./consume.ts";
import type { Env } from "./env.ts";
import { streamFeed } from "./feed.ts";
import { streamFahrenheit } from "./transform.ts";

export { Log } from "./log.ts";
export { Relay } from "./relay.ts";

export default {
  async fetch(request, env): Promise<Response> {
    const { pathname } = new URL(request.url);
    const isPreflight = request.method === "OPTIONS" && pathname === "/feed";
    if (request.method !== "GET" && !isPreflight) {
      return new Response("Only GET is known here\n", { status: 405, headers: { Allow: "GET" } });
    }
    switch (pathname) {
      case "/wind":
        return await waitForWind(request, env);
      case "/fahrenheit":
        return await streamFahrenheit(request, env);
      case "/feed":
        return await streamFeed(request, env);
      default:
        return new Response("Try /wind?above=5, /fahrenheit or /feed\n", { status: 404 });
    }
  },
} satisfies ExportedHandler<Env>;
