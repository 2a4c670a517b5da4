import { assert, assertEquals, assertRejects } from "@std/assert";
import { EventSource, type EventSourceError } from "@x/eventsource";
import { delay, engine, test } from "./harness.ts";
import { ending, script, streaming } from "./scripted.ts";
import { endedStreamOf, fakeFetch, nextError, nextOpen, record, streamOf } from "./sources.ts";

test("for await: gives messages of every type, in order, and ends with the stream", async () => {
  const source = EventSource.fromReadableStream(
    endedStreamOf("data: a\n\nevent: x\nid: 1\ndata: b\n\n", "event: error\ndata: c\n\n"),
  );
  const received: string[] = [];
  for await (const event of source) {
    assert(event instanceof MessageEvent);
    received.push(`${event.type} ${event.data} ${event.lastEventId}`);
  }
  assertEquals(received, ["message a ", "x b 1", "error c 1"]);
  assertEquals(source.readyState, EventSource.CLOSED);
});

test("for await: goes on over reconnections", async () => {
  const server = await script(ending("retry: 1\nid: 1\ndata: a\n\n"), ending("data: b\n\n"), {
    status: 204,
  });
  const source = new EventSource(server.url);
  const received: string[] = [];
  const failure = await assertRejects(async () => {
    for await (const { data } of source) received.push(data);
  }) as EventSourceError;
  assertEquals(received, ["a", "b"]);
  assertEquals([failure.reason, failure.status, failure instanceof Error], ["status", 204, true]);
});

test("for await: break closes", async () => {
  const server = await script(streaming("data: a\n\ndata: b\n\n"));
  const source = new EventSource(server.url);
  for await (const { data } of source) {
    assertEquals(data, "a");
    break;
  }
  assertEquals(source.readyState, EventSource.CLOSED);
  await server.closed(1);
});

test("for await: close() ends it, after what has come before", async () => {
  const source = EventSource.fromReadableStream(streamOf("data: a\n\ndata: b\n\ndata: c\n\n"));
  source.onmessage = ({ data }) => {
    if (data === "b") source.close();
  };
  const received: string[] = [];
  for await (const { data } of source) received.push(data);
  assertEquals(received, ["a", "b"]);
});

test("for await: close() while it waits ends it", async () => {
  const source = EventSource.fromReadableStream(streamOf());
  const events = source[Symbol.asyncIterator]();
  const waiting = [events.next(), events.next()];
  await delay(1);
  source.close();
  assertEquals(await Promise.all(waiting), Array(2).fill({ value: undefined, done: true }));
  assertEquals(await events.next(), { value: undefined, done: true });
});

test("for await: begins with the call, not with the first next()", async () => {
  const source = EventSource.fromReadableStream(streamOf("data: a\n\n"));
  const events = source[Symbol.asyncIterator]();
  await delay(5);
  assertEquals((await events.next()).value?.data, "a");
  source.close();
});

test("for await: the answer to a POST ends it, without an error", async () => {
  const server = await script(ending("data: a\n\ndata: b\n\n"));
  const source = new EventSource(server.url, { method: "POST", body: "x" });
  const received: string[] = [];
  for await (const { data } of source) received.push(data);
  assertEquals(received, ["a", "b"]);
});

test("for await: a final failure is thrown, with reason, status and cause", async () => {
  const refused = new EventSource((await script({ status: 401, steps: ["end"] })).url);
  const failure = await assertRejects(async () => {
    for await (const _ of refused);
  }) as EventSourceError;
  assertEquals([failure.reason, failure.status], ["status", 401]);

  const cause = new Error("mine");
  const broken = new EventSource("http://localhost/", {
    fetch: () => Promise.reject(cause),
    reconnection: false,
  });
  const thrown = await assertRejects(async () => {
    for await (const _ of broken);
  }) as EventSourceError;
  assertEquals([thrown.reason, thrown.status, thrown.cause], ["network", undefined, cause]);

  // Also for a loop that begins too late to see it happen, and for each of several.
  await assertRejects(() => broken[Symbol.asyncIterator]().next());
  await assertRejects(() => broken[Symbol.asyncIterator]().next());
});

test("for await: giving up after maxRetries is a failure, turning reconnection off is none", async () => {
  const run = async (reconnection: { maxRetries: number; delay: number } | false) => {
    const { fetch } = fakeFetch(() => endedStreamOf());
    const source = new EventSource("http://localhost/", { fetch, reconnection });
    for await (const _ of source);
  };
  await assertRejects(() => run({ maxRetries: 2, delay: 0 }), Error, "localhost/ ended");
  await run({ maxRetries: 0, delay: 0 });
  await run(false);
});

test("for await: two loops and a listener all see every message", async () => {
  const texts = Array.from({ length: 20 }, (_, index) => `data: ${index}\n\n`);
  const source = EventSource.fromReadableStream(endedStreamOf(...texts, texts.join("")));
  const listened: string[] = [];
  source.onmessage = ({ data }) => listened.push(data);
  const loop = async (pause: number) => {
    const received: string[] = [];
    for await (const { data } of source) {
      received.push(data);
      if (pause > 0) await delay(pause);
    }
    return received;
  };
  const [quick, slow] = await Promise.all([loop(0), loop(1)]);
  assertEquals([quick.length, slow.length, listened.length], [40, 40, 40]);
  assertEquals([quick, slow], [listened, listened]);
});

test("for await: nothing is read while the loop is behind", async () => {
  let read = 0;
  const { fetch } = fakeFetch(() =>
    new ReadableStream<Uint8Array>({
      pull(controller): void {
        controller.enqueue(new TextEncoder().encode(`data: ${++read}\n\n`));
      },
    }, { highWaterMark: 0 })
  );
  const source = new EventSource("http://localhost/", { fetch });
  const events = source[Symbol.asyncIterator]();
  await delay(20);
  const before = read;
  assert(before <= 2, `read ${before} chunks`);
  for (let taken = 1; taken <= 10; taken++) {
    assertEquals((await events.next()).value?.data, String(taken));
    await delay(1);
  }
  assert(read <= before + 10, `read ${read} chunks`);
  source.close();
});

test("for await: a loop that is behind is not idle", async () => {
  const server = await script(streaming("data: a\n\n", "data: b\n\n"));
  const source = new EventSource(server.url, { idleTimeout: 250 });
  const errors = record(source, "error");
  const events = source[Symbol.asyncIterator]();
  await nextOpen(source);
  await delay(500);
  assertEquals((await events.next()).value?.data, "a");
  assertEquals((await events.next()).value?.data, "b");
  assertEquals(errors, []);
  source.close();
});

test("for await: a reconnection does not get ahead of a loop that is behind", async () => {
  const { fetch, calls } = fakeFetch(() => endedStreamOf("retry: 0\ndata: a\n\n"));
  const source = new EventSource("http://localhost/", { fetch, reconnection: { jitter: 0 } });
  const events = source[Symbol.asyncIterator]();
  await delay(30);
  assert(calls.length <= 2, `${calls.length} requests`);
  source.close();
  await events.return?.();
});

test("for await: return() closes the source, and leaves nothing pending", async () => {
  const source = EventSource.fromReadableStream(streamOf("data: a\n\n"));
  const events = source[Symbol.asyncIterator]();
  assertEquals(await events.return?.(), { value: undefined, done: true });
  assertEquals(await events.next(), { value: undefined, done: true });
  assertEquals(source.readyState, EventSource.CLOSED);
});

test("for await: a failure is kept for a loop that has not asked yet", async () => {
  const source = EventSource.fromReadableStream(
    new ReadableStream({ start: (controller) => controller.error(new Error("mine")) }),
  );
  const events = source[Symbol.asyncIterator]();
  await nextError(source);
  await assertRejects(() => events.next(), Error, "The stream broke off: mine");
});

test("for await: the iterator is for reading alone", () => {
  const source = EventSource.fromReadableStream(streamOf());
  const events = source[Symbol.asyncIterator]();
  assertEquals(Object.keys(events).sort(), ["next", "return"]);
  assertEquals(["push", "end"].filter((name) => name in events), []);
  assertEquals(events[Symbol.asyncIterator](), events);
  source.close();
});

test("for await: the error thrown for a rejected response holds its body, and no socket", async () => {
  const server = await script({
    status: 400,
    headers: { "Content-Type": "application/json" },
    steps: [{ write: '{"error":' }, { wait: 20 }, { write: '"no model"}' }, "end"],
  });
  const source = new EventSource(server.url, { method: "POST", body: "x" });
  let listened: Promise<string> | undefined;
  source.addEventListener("error", (event) => listened = event.response?.text());
  const error = await assertRejects(async () => {
    for await (const _ of source);
  }) as EventSourceError;
  assertEquals([error.reason, error.status, source.readyState], ["status", 400, 2]);
  await server.closed(1);
  assertEquals(await error.response?.json(), { error: "no model" });
  assertEquals(error.response?.headers.get("content-type"), "application/json");
  assertEquals(error.response?.url, server.url);
  assertEquals(await listened, '{"error":"no model"}');
});

test("for await: a rejected body beyond 1 MiB is not kept, and text() says so", async () => {
  const server = await script({ status: 500, steps: [{ flood: 4 * 1024 * 1024 }] });
  const error = await assertRejects(async () => {
    for await (const _ of new EventSource(server.url));
  }) as EventSourceError;
  assertEquals(error.status, 500);
  await server.closed(1);
  // Chromium and Firefox do not say what a stream failed with.
  const [type, why] = engine === "firefox"
    ? [DOMException, "aborted"] as const
    : [TypeError, engine === "chromium" ? "Failed" : "it is longer than 1048576 bytes"] as const;
  await assertRejects(() => error.response!.text(), type, why);
});

test("for await: a rejected response without a body has none", async () => {
  const server = await script({ status: 204, headers: {} });
  const error = await assertRejects(async () => {
    for await (const _ of new EventSource(server.url));
  }) as EventSourceError;
  assertEquals([error.status, await error.response?.text()], [204, ""]);
});

test("for await: close() while a rejected body is read ends the loop, and cancels it", async () => {
  const server = await script({ status: 500, steps: [{ write: "a" }] });
  const source = new EventSource(server.url);
  const errors: unknown[] = [];
  source.onerror = (event) => errors.push(event);
  const loop = source[Symbol.asyncIterator]().next();
  await server.requests(1);
  await delay(50);
  source.close();
  assertEquals([await loop, errors], [{ value: undefined, done: true }, []]);
  await server.closed(1);
});

test("for await: a rejected response that is retried is no end", async () => {
  const server = await script(
    { status: 503, steps: [{ write: "busy" }, "end"] },
    streaming("data: a\n\n"),
  );
  const source = new EventSource(server.url, {
    reconnection: { delay: 0, when: (_, standard) => standard || true },
  });
  for await (const { data } of source) {
    assertEquals(data, "a");
    break;
  }
});

test("for await: an answer to a POST that breaks off is a failure", async () => {
  const server = await script({ steps: [{ write: "data: a\n\n" }, "hold", "reset"] });
  const received: string[] = [];
  const error = await assertRejects(async () => {
    for await (const { data } of new EventSource(server.url, { method: "POST", body: "x" })) {
      received.push(data);
      await server.proceed();
    }
  }) as EventSourceError;
  assertEquals([received, error.reason], [["a"], "network"]);
});
