/**
 * Any number of readers on one upstream connection.
 *
 * @module
 */

import type { Env } from "./env.ts";
import { authorize, isAllowed } from "./hooks.ts";

/** How many relays are asked for a place before a reader is sent away. */
const TRIES = 4;

/** About how long a reader that was sent away waits, in seconds. */
const RETRY_AFTER = 10;

/** Answers a reader: with the stream of a relay, or with 503 if none has a place. */
export async function streamFeed(request: Request, env: Env): Promise<Response> {
  const origin = request.headers.get("Origin");
  const isForeign = origin !== null && origin !== new URL(request.url).origin;
  if (isForeign && !isAllowed(origin, env)) {
    return new Response(`The feed is not for ${origin}\n`, { status: 403 });
  }
  const response = request.method === "OPTIONS"
    ? new Response(null, { status: 204, headers: preflight })
    : await authorize(request, env) ?? await askRelays(request, env);
  if (!isForeign) return response;
  const answer = new Response(response.body, response);
  answer.headers.set("Access-Control-Allow-Origin", origin);
  answer.headers.set("Access-Control-Allow-Credentials", "true");
  answer.headers.append("Vary", "Origin");
  return answer;
}

const preflight = {
  "Access-Control-Allow-Methods": "GET",
  // The headers that a page with this library sends. The browser's EventSource needs neither.
  "Access-Control-Allow-Headers": "Authorization, Cache-Control, Last-Event-ID",
  "Access-Control-Max-Age": "86400",
};

/** Begins anywhere, so that readers spread over all relays. */
async function askRelays(request: Request, env: Env): Promise<Response> {
  const first = Math.floor(Math.random() * env.RELAYS);
  for (let count = 0; count < Math.min(env.RELAYS, TRIES); count++) {
    const name = `relay-${(first + count) % env.RELAYS}`;
    try {
      const response = await env.RELAY.get(env.RELAY.idFromName(name)).fetch(request);
      if (response.status !== 503) return response;
      await response.body?.cancel();
    } catch (error) {
      console.error(`${name} cannot be reached: ${error}`);
    }
  }
  const wait = Math.ceil(RETRY_AFTER * (0.5 + Math.random()));
  return new Response("No relay has a place\n", {
    status: 503,
    headers: { "Retry-After": `${wait}` },
  });
}
