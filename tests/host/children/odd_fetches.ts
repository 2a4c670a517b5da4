/**
 * Sources over fetches that fail in ways which nobody expects. Prints, for each, the reason of its
 * first error event and its state, or else what went wrong.
 *
 * @module
 */

import { EventSource, EventSourceErrorEvent } from "../../../mod.ts";
import { caught } from "./globals.ts";

caught("unhandled rejection", (reason) => console.log(`unhandled: ${reason}`));

/** As of a fetch that is built on the streams of Node.js (node-fetch). */
function answer(status: number, fields: Record<string, string>): Promise<Response> {
  const headers = new Headers(fields);
  return Promise.resolve({ status, headers, url: "", body: { pipe: () => {} } } as never);
}

function withoutMessage(): Error {
  return Object.assign(new Error(), { message: undefined });
}

const fetches: Record<string, () => Promise<Response>> = {
  "rejects with an object without a prototype": () => Promise.reject(Object.create(null)),
  "rejects with a symbol": () => Promise.reject(Symbol("symbol")),
  "rejects with an error without a message": () => Promise.reject(withoutMessage()),
  "rejects with an error whose cause has no message": () =>
    Promise.reject(new Error("fetch failed", { cause: withoutMessage() })),
  "rejects with an error whose message throws": () =>
    Promise.reject(
      Object.defineProperty(new Error(), "message", {
        get(): never {
          throw new Error("message");
        },
      }),
    ),
  "answers with a body that is no ReadableStream": () =>
    answer(200, { "Content-Type": "text/event-stream" }),
  "rejects a request with a body that is no ReadableStream": () => answer(404, {}),
  "redirects with a body that is no ReadableStream": () => answer(302, { Location: "/" }),
};

for (const [what, fetch] of Object.entries(fetches)) {
  const source = new EventSource("http://localhost/", { fetch });
  const patience = setTimeout(() => console.log(`${what}: no error event`), 500);
  source.onerror = (event) => {
    clearTimeout(patience);
    const reason = event instanceof EventSourceErrorEvent ? event.reason : event;
    console.log(`${what}: ${reason} ${source.readyState}`);
    source.close();
  };
}
