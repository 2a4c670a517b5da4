/**
 * A Cloudflare Worker between one event stream and its readers:
 *
 * - `/wind?above=5` reads the stream until the wind is that strong, and answers;
 * - `/fahrenheit` hands the stream on, event by event, with another unit;
 * - `/feed` fans it out: any number of readers on one upstream connection, in a Durable Object.
 *
 * @module
 */

import { waitForWind } from "./consume.ts";
import type { Env } from "./env.ts";
import { streamFahrenheit } from "./transform.ts";

export { Feed } from "./feed.ts";

export default {
  async fetch(request, env): Promise<Response> {
    if (request.method !== "GET") {
      return new Response("Only GET is known here\n", { status: 405, headers: { Allow: "GET" } });
    }
    switch (new URL(request.url).pathname) {
      case "/wind":
        return await waitForWind(request, env);
      case "/fahrenheit":
        return await streamFahrenheit(request, env);
      case "/feed":
        // One object for all readers; a feed for each topic would take the topic's name here.
        return await env.FEED.get(env.FEED.idFromName("weather")).fetch(request);
      default:
        return new Response("Try /wind?above=5, /fahrenheit or /feed\n", { status: 404 });
    }
  },
} satisfies ExportedHandler<Env>;
