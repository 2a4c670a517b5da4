/**
 * Reads a stream until a condition is met, and answers with the event that met it.
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
    // When the client goes away, the source ends in any case. The request's signal also ends this
    // code.
    signal: AbortSignal.any([request.signal, timeout]),
    // A client is waiting: a failing upstream is retried twice, and soon.
    reconnection: { delay: 100, maxRetries: 2 },
  });
  try {
    // Leaving this loop in any way closes the source and its connection.
    for await (const { type, data } of source) {
      if (type !== "wind") continue;
      const { speed } = JSON.parse(data);
      if (speed > above) return Response.json({ speed });
    }
  } catch (error) {
    // Only for the log, because it names the upstream's URL.
    console.error(`The wind cannot be read: ${error}`);
    return Response.json({ error: "The upstream has failed" }, { status: 502 });
  }
  // The signal ended the loop.
  return Response.json({ error: `No wind above ${above} in ${env.WAIT} ms` }, { status: 504 });
}
