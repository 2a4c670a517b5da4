/**
 * Waiting for what a source dispatches.
 *
 * @module
 */

import {
  EventSource,
  EventSourceErrorEvent,
  type EventSourceInit,
  EventSourceOpenEvent,
} from "@x/eventsource";

/** The next event of a type. Fails after 10 seconds. */
export function next(source: EventSource, type: string): Promise<Event> {
  return inTime(`the next "${type}" event`, (resolve) => {
    source.addEventListener(type, resolve, { once: true });
  });
}

/** The next event that says that a connection is open. */
export async function nextOpen(source: EventSource): Promise<EventSourceOpenEvent> {
  const event = await next(source, "open");
  if (!(event instanceof EventSourceOpenEvent)) throw new Error(`got a ${event}`);
  return event;
}

/** The next event that says that a connection has ended. */
export async function nextError(source: EventSource): Promise<EventSourceErrorEvent> {
  const event = await next(source, "error");
  if (!(event instanceof EventSourceErrorEvent)) throw new Error(`got a ${event}`);
  return event;
}

/** The next messages without a type of their own. */
export async function messages(source: EventSource, count: number): Promise<MessageEvent[]> {
  const received: MessageEvent[] = [];
  await inTime(`${count} messages`, (resolve: (last: MessageEvent) => void) => {
    source.addEventListener("message", function listen(event) {
      if (received.push(event) < count) return;
      source.removeEventListener("message", listen);
      resolve(event);
    });
  });
  return received;
}

/**
 * What a source dispatches from here on of some types, for tests that nothing of them comes: an
 * assertion in a listener would fail the test only where the runner sees uncaught exceptions.
 */
export function record(source: EventSource, ...types: readonly string[]): readonly string[] {
  const seen: string[] = [];
  for (const type of types) {
    source.addEventListener(type, (event) => {
      seen.push(event instanceof EventSourceErrorEvent ? `error: ${event.message}` : type);
    });
  }
  return seen;
}

/**
 * What comes first of an event of one type and one of another; neither is waited for any longer.
 */
export function either(source: EventSource, ...types: readonly string[]): Promise<Event> {
  return inTime(`an event of ${types}`, (resolve) => {
    const controller = new AbortController();
    for (const type of types) {
      source.addEventListener(type, (event) => {
        controller.abort();
        resolve(event);
      }, { signal: controller.signal });
    }
  });
}

/** The first message or error of a source, which is closed then. */
export async function firstOf(url: string, init: EventSourceInit): Promise<Event> {
  const source = new EventSource(url, init);
  const event = await either(source, "message", "error");
  source.close();
  return event;
}

/** Fails after 10 seconds. */
function inTime<Value>(
  what: string,
  listen: (resolve: (value: Value) => void) => void,
): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isDone = false;
  return new Promise((resolve, reject) => {
    // Before the timer: Deno's first setTimeout lets microtasks, and so events, pass.
    listen((value) => {
      isDone = true;
      clearTimeout(timer);
      resolve(value);
    });
    timer = setTimeout(() => reject(new Error(`waited 10 seconds for ${what}`)), 10_000);
    if (isDone) clearTimeout(timer);
  });
}

/** What a stream gives, to its end. Not by iteration: WebKit's streams have none. */
export async function collect<Chunk>(stream: ReadableStream<Chunk>): Promise<Chunk[]> {
  const reader = stream.getReader();
  const chunks: Chunk[] = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return chunks;
    chunks.push(value);
  }
}

/** A stream of chunks, which then stays open. */
export function streamOf(...chunks: readonly (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => enqueue(controller, chunks) });
}

/** A stream of chunks, which then ends. */
export function endedStreamOf(
  ...chunks: readonly (string | Uint8Array)[]
): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller): void {
      enqueue(controller, chunks);
      controller.close();
    },
  });
}

function enqueue(
  controller: ReadableStreamDefaultController<Uint8Array>,
  chunks: readonly (string | Uint8Array)[],
): void {
  const encoder = new TextEncoder();
  for (const chunk of chunks) {
    controller.enqueue(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
  }
}

/** Text as a member of gzip: bytes, as Latin-1. */
export async function gzip(text: string): Promise<string> {
  const compressed = endedStreamOf(text).pipeThrough(
    new CompressionStream("gzip") as unknown as TransformStream<Uint8Array, Uint8Array>,
  );
  let bytes = "";
  for (const chunk of await collect(compressed)) {
    for (const byte of chunk) bytes += String.fromCharCode(byte);
  }
  return bytes;
}

/** A fetch that answers with event streams; it notes what it was called with. */
export function fakeFetch(
  ...bodies: readonly (() => ReadableStream<Uint8Array> | Response)[]
): {
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  calls: { url: string; init: RequestInit; headers: Headers }[];
} {
  const calls: { url: string; init: RequestInit; headers: Headers }[] = [];
  return {
    calls,
    fetch: (url, init) => {
      const body = bodies[Math.min(calls.length, bodies.length - 1)]?.();
      calls.push({ url, init, headers: new Headers(init.headers) });
      return Promise.resolve(
        body instanceof Response
          ? body
          : new Response(body ?? null, { headers: { "Content-Type": "text/event-stream" } }),
      );
    },
  };
}
