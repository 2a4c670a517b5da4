/**
 * Reads a stream until it says what was asked for, and answers with that.
 *
 * @module
 */

import { EventSource } from "@x/eventsource";
import { type Env, upstreamHeaders } from "./env.ts";

/** Answers once the wind is stronger than the request's `above`. */
export async function waitForWind(request: Request, env: Env): Promise<Response> {
  const above = parseFloat(new URL(request.url).searchParams.get("above") ?? "");
  if (Number.isNaN(above)) {
    return Response.json({ error: "Say how strong: /wind?above=5" }, { status: 400 });
  }
  const timeout = AbortSignal.timeout(env.WAIT);
  const source = new EventSource(env.UPSTREAM, {
    headers: upstreamHeaders(env),
    // A client that goes away takes the source along, whatever stands here. By its signal, this
    // code ends as well.
    signal: AbortSignal.any([request.signal, timeout]),
    // Somebody is waiting: a failing upstream is asked twice again, and soon.
    reconnection: { delay: 100, maxRetries: 2 },
  });
  try {
    // However this loop is left, the source is closed, and its connection with it.
    for await (const { type, data } of source) {
      if (type !== "wind") continue;
      const { speed } = JSON.parse(data);
      if (speed > above) return Response.json({ speed });
    }
  } catch (error) {
    // For the log alone: it names the upstream's URL.
    console.error(`The wind cannot be read: ${error}`);
    return Response.json({ error: "The upstream has failed" }, { status: 502 });
  }
  // The signal has ended the loop.
  return Response.json({ error: `No wind above ${above} in ${env.WAIT} ms` }, { status: 504 });
}
