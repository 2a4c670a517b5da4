/**
 * A Worker that makes sources in its global scope, where there is no I/O and no timer, and then one
 * in a handler. `workerd test` calls the handler; it prints what each source has dispatched.
 *
 * @module
 */

import { EventSource, EventSourceErrorEvent, type EventSourceInit } from "../../../mod.ts";

function record(source: EventSource, name: string): string[] {
  const seen: string[] = [];
  source.onopen = () => seen.push("open");
  source.onmessage = ({ data }) => seen.push(`message ${data}`);
  source.onerror = (event) => {
    if (!(event instanceof EventSourceErrorEvent)) return;
    // workerd's sentence, which differs between dates.
    const message = event.message.replace(/Disallowed operation.*?handlers\//g, "<no I/O>");
    seen.push(`error ${event.reason}, state ${source.readyState}: ${message}`);
  };
  records[name] = seen;
  return seen;
}

const records: Record<string, readonly string[]> = {};

/** As far as the global scope lets a source come: a stream that is made there, and ends. */
const fetch: EventSourceInit["fetch"] = () => {
  const stream = new ReadableStream<Uint8Array>({
    start(controller): void {
      controller.enqueue(new TextEncoder().encode("data: a\n\n"));
      controller.close();
    },
  });
  const headers = { "Content-Type": "text/event-stream" };
  return Promise.resolve(new Response(stream, { headers }));
};

record(new EventSource("http://localhost/"), "global scope");
record(new EventSource("http://localhost/", { fetch }), "global scope, after a stream");

/** What workerd calls. */
export default {
  async test(_controller: unknown, { URL: url }: { readonly URL: string }): Promise<void> {
    // More than enough for events that come late, or twice.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const source = new EventSource(url);
    const seen = record(source, "handler");
    await new Promise((resolve) => source.addEventListener("message", resolve));
    seen.push("closed");
    source.close();
    console.log(`records ${JSON.stringify(records)}`);
  },
};
