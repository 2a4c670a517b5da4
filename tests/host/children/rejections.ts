/**
 * Takes sources through every kind of failure, and closes others at every point; prints each
 * promise that is rejected with nobody to handle it, and in the end "done".
 *
 * @module
 */

import process from "node:process";
import { EventSource, type EventSourceInit } from "../../../mod.ts";
import { caught } from "./globals.ts";

/** By what their servers do. */
const urls: Record<string, string> = JSON.parse(process.argv[2] ?? "");
/** How long rejections get to be noticed, in milliseconds. */
const GRACE = 60;

caught("unhandled rejection", (reason) => {
  console.log("unhandled:", reason instanceof Error ? reason.stack : reason);
});

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Runs a source until its first error event. */
async function fail(url: string, init?: EventSourceInit): Promise<void> {
  const source = new EventSource(url, init);
  await new Promise((resolve) => source.onerror = resolve);
  source.close();
}

/** Makes a source that can be closed by what it calls. */
function closing(make: (close: () => void) => EventSource): EventSource {
  const source = make(() => source.close());
  return source;
}

async function failStream(stream: ReadableStream): Promise<void> {
  const source = EventSource.fromReadableStream(stream);
  await new Promise((resolve) => source.onerror = resolve);
}

/** A fetch that answers with a stream. */
function answering(stream: ReadableStream<Uint8Array>, status = 200): EventSourceInit["fetch"] {
  const headers = { "Content-Type": "text/event-stream" };
  return () => Promise.resolve(new Response(stream, { status, headers }));
}

/** A stream whose cancellation fails. */
function stubborn(...chunks: readonly unknown[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => chunks.forEach((chunk) => controller.enqueue(chunk as Uint8Array)),
    cancel: () => Promise.reject(new Error("cancelled")),
  });
}

const encoded = new TextEncoder().encode("data: a\n\n");
const { refused = "", rejected = "", reset = "", open = "", ended = "", loop = "" } = urls;

const cases: Record<string, () => unknown> = {
  "refused port": () => fail(refused),
  "rejected response": () => fail(rejected),
  "rejected content type": () => fail(urls["type"] ?? ""),
  "endless redirects": () => fail(loop),
  "reset in the middle of the stream": () => fail(reset),
  "ended stream": () => fail(ended),
  "unsupported scheme": () => fail("ftp://localhost/"),
  "headers function that throws": () =>
    fail(open, {
      headers(): never {
        throw new Error("headers");
      },
    }),
  "headers function that rejects": () =>
    fail(open, { headers: () => Promise.reject(new Error("headers")) }),
  "headers function that returns nonsense": () =>
    fail(open, { headers: () => 5 as unknown as undefined }),
  "fetch that throws": () =>
    fail(open, {
      fetch(): never {
        throw new Error("fetch");
      },
    }),
  "fetch that rejects": () => fail(open, { fetch: () => Promise.reject(new Error("fetch")) }),
  "fetch that rejects with undefined": () => fail(open, { fetch: () => Promise.reject() }),
  "fetch that returns nonsense": () => fail(open, { fetch: () => 5 as unknown as Promise<never> }),
  "fetch that answers with a stream of nonsense": () =>
    fail(open, { fetch: answering(stubborn(5)) }),
  "fetch that answers with a stubborn rejected response": () =>
    fail(open, { fetch: answering(stubborn(encoded), 404) }),
  "fetch that answers with a stubborn redirect": () =>
    fail(open, {
      fetch: () =>
        Promise.resolve(new Response(stubborn(), { status: 302, headers: { Location: "file:/" } })),
    }),
  "fetch that answers with a locked body": () => {
    const headers = { "Content-Type": "text/event-stream" };
    const response = new Response(stubborn(encoded), { headers });
    response.body?.getReader();
    return fail(open, { fetch: () => Promise.resolve(response) });
  },
  "stream of nonsense": () => failStream(stubborn({})),
  "stream that errors": () =>
    failStream(new ReadableStream({ pull: () => Promise.reject(new Error("pull")) })),
  "stream that outgrows the limit": () =>
    fail(open, { fetch: answering(stubborn(encoded)), maxBufferSize: 2 }),
  "stubborn stream, closed": () => {
    const source = EventSource.fromReadableStream(stubborn(encoded));
    source.onmessage = () => source.close();
  },
  "close() in the headers function": () =>
    closing((close) => {
      const headers = (): Promise<never> => {
        close();
        return Promise.reject(new Error("headers"));
      };
      return new EventSource(open, { headers });
    }),
  "close() in fetch, which then rejects": () =>
    closing((close) => {
      const fetch = (): Promise<never> => {
        close();
        return Promise.reject(new Error("fetch"));
      };
      return new EventSource(open, { fetch });
    }),
  "close() in fetch, which then answers": () =>
    closing((close) => {
      const fetch = (): Promise<Response> => {
        close();
        return Promise.resolve(new Response(stubborn(encoded)));
      };
      return new EventSource(open, { fetch });
    }),
  "close() in onopen of a stubborn stream": () => {
    const source = new EventSource(open, { fetch: answering(stubborn(encoded)) });
    source.onopen = () => source.close();
  },
  "close() in the error event of a stubborn response": () => {
    const source = new EventSource(open, { fetch: answering(stubborn(encoded), 404) });
    source.onerror = () => source.close();
  },
  "close() in onComment": () =>
    closing((onComment) => new EventSource(urls["comment"] ?? "", { onComment })),
  "abort during the stream": () => {
    const controller = new AbortController();
    const source = new EventSource(open, { signal: controller.signal });
    source.onmessage = () => controller.abort(new Error("reason"));
  },
  "abort during the connect": () => {
    new EventSource(open, { signal: AbortSignal.timeout(1) });
  },
};

for (const [name, url] of Object.entries(urls)) {
  // The points in time of an attempt: before it, in each of its first steps, and well into it.
  cases[`close() right after the constructor of ${name}`] = () => new EventSource(url).close();
  for (const wait of [0, 1, 2, 5, 20]) {
    cases[`close() after ${wait} ms of ${name}`] = async () => {
      const source = new EventSource(url);
      await delay(wait);
      source.close();
    };
  }
  for (const type of ["open", "message", "error"]) {
    cases[`close() in the ${type} event of ${name}`] = () => {
      const source = new EventSource(url);
      source.addEventListener(type, () => source.close());
      setTimeout(() => source.close(), GRACE / 2);
    };
  }
}

// Together: each takes next to no time, and the grace is for all of them.
await Promise.all(
  Object.entries(cases).map(async ([name, run]) => {
    const patience = setTimeout(() => console.log(`${name}: nothing happens`), 5000);
    await run();
    clearTimeout(patience);
  }),
);
await delay(GRACE * 4);
Promise.reject("on purpose");
await delay(GRACE);
console.log("done");
