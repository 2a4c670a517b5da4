/**
 * Passes a stream on, and changes each event on the way.
 *
 * It reads only as fast as the client does. If one side goes away, the other is closed, too.
 *
 * @module
 */

import { type EventSourceMessage, EventSourceParserStream } from "@x/eventsource";
import { encodeEvent } from "./encode.ts";
import { type Env, upstreamHeaders } from "./env.ts";

const heartbeat = new TextEncoder().encode(":\n\n");

/** Answers with the upstream's events, their temperatures in degrees Fahrenheit. */
export async function streamFahrenheit(request: Request, env: Env): Promise<Response> {
  const headers = new Headers({ Accept: "text/event-stream", ...upstreamHeaders(env) });
  // The ids are the upstream's, so the upstream resumes the stream.
  const lastEventId = request.headers.get("Last-Event-ID");
  if (lastEventId !== null) headers.set("Last-Event-ID", lastEventId);
  let upstream: Response;
  try {
    upstream = await fetch(env.UPSTREAM, {
      headers,
      signal: request.signal,
      // A Worker's own fetch would send the token wherever a redirect leads.
      redirect: "manual",
    });
  } catch (error) {
    console.error(`Cannot reach the upstream: ${error}`);
    return new Response("The upstream cannot be reached\n", { status: 502 });
  }
  // 204 tells the client not to reconnect.
  if (upstream.status === 204) return new Response(null, { status: 204 });
  const type = upstream.headers.get("Content-Type") ?? "no content type";
  if (
    upstream.status !== 200 || upstream.body === null || !/^text\/event-stream\s*(;|$)/i.test(type)
  ) {
    await upstream.body?.cancel();
    return new Response(`The upstream answered with ${upstream.status}, ${type}\n`, {
      status: 502,
    });
  }
  let output: TransformStreamDefaultController<Uint8Array>;
  const parser = new EventSourceParserStream({
    maxBufferSize: 1024 * 1024,
    // The upstream's heartbeats go on: by what cannot be written, a client is seen to have gone.
    onComment: (): void => output.enqueue(heartbeat),
  });
  const encoder = new TransformStream<EventSourceMessage, Uint8Array>({
    start(controller): void {
      output = controller;
    },
    transform(message, controller): void {
      const { id, event: type, data } = toFahrenheit(message);
      controller.enqueue(encodeEvent({ id, type, data }));
    },
  });
  const body = upstream.body.pipeThrough(parser).pipeThrough(encoder);
  return new Response(body, {
    headers: { "Content-Type": "text/event-stream", "Cache-Control": "no-store" },
  });
}

/** Changes readings of the temperature; whatever else comes stays as it is. */
function toFahrenheit(message: EventSourceMessage): EventSourceMessage {
  const value = message.event === undefined ? parseJson(message.data) : undefined;
  if (typeof value !== "object" || value === null || !("celsius" in value)) return message;
  const { celsius, ...reading } = value;
  if (typeof celsius !== "number") return message;
  return { ...message, data: JSON.stringify({ ...reading, fahrenheit: celsius * 1.8 + 32 }) };
}

/** The value; `undefined` where it is no JSON: one bad event is no reason to end the stream. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
