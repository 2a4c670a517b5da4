import { assert, assertEquals } from "@std/assert";
import { EventSource } from "@x/eventsource";
import { startTimer } from "../src/timer.ts";
import { delay, engine, test } from "./harness.ts";
import { ending, script, streaming } from "./scripted.ts";
import { endedStreamOf, fakeFetch, messages, nextError, nextOpen, streamOf } from "./sources.ts";

test("reconnection: a stream that ends is opened again after retry, with the last event id", async () => {
  const server = await script(
    ending("id: 1\nretry: 40\ndata: a\n\nid: lost\ndata: unfinished\n"),
    ending("data: b\n\nid: 2\n\n"),
    streaming("data: c\n\n"),
  );
  const source = new EventSource(server.url);
  const received = messages(source, 3);
  const started = performance.now();
  const error = await nextError(source);
  assertEquals([error.reason, source.readyState], ["closed", EventSource.CONNECTING]);
  assertEquals([error.status, error.message], [200, `${server.url} ended`]);
  assertEquals(source.reconnectionTime, 40);
  await nextOpen(source);
  assert(performance.now() - started >= 38, "waits");
  assertEquals((await received).map(({ data, lastEventId }) => [data, lastEventId]), [
    ["a", "1"],
    ["b", "1"],
    ["c", "2"],
  ]);
  const requests = await server.requests(3);
  assertEquals(requests.map(({ headers }) => headers["last-event-id"]), [undefined, "1", "2"]);
  assertEquals(source.lastEventId, "2");
  source.close();
  await server.closed(3);
});

test("reconnection: an empty id resets, and no header is sent then", async () => {
  const server = await script(
    ending("retry: 1\nid: 1\n\nid\ndata: a\n\n"),
    streaming("data: b\n\n"),
  );
  const source = new EventSource(server.url);
  const received = await messages(source, 2);
  assertEquals(received.map(({ lastEventId }) => lastEventId), ["", ""]);
  assertEquals((await server.requests(2))[1]?.headers["last-event-id"], undefined);
  source.close();
});

test("reconnection: an id travels as UTF-8", async () => {
  const server = await script(
    ending("retry: 1\nid: \u20AC\u{1F600}\u00E9 x\ndata: a\n\n"),
    streaming(),
  );
  const source = new EventSource(server.url);
  const [, second] = await server.requests(2);
  const sent = Uint8Array.from(
    second?.headers["last-event-id"] ?? "",
    (character) => character.charCodeAt(0),
  );
  const text = new TextDecoder().decode(sent);
  // WebKit takes each byte for a character, and encodes it again.
  const id = engine === "webkit"
    ? new TextDecoder().decode(Uint8Array.from(text, (character) => character.charCodeAt(0)))
    : text;
  assertEquals([id, text === id], ["\u20AC\u{1F600}\u00E9 x", engine !== "webkit"]);
  source.close();
});

test("reconnection: an id that no header can carry is left out, and the connection goes on", async () => {
  const server = await script(
    ending("retry: 1\nid: a\x01b\ndata: a\n\n"),
    ending("id: a\x7F\ndata: b\n\n"),
    streaming("data: c\n\n"),
  );
  const source = new EventSource(server.url);
  const received = await messages(source, 3);
  assertEquals(received.map(({ lastEventId }) => lastEventId), ["a\x01b", "a\x7F", "a\x7F"]);
  const requests = await server.requests(3);
  assertEquals(requests.map(({ headers }) => headers["last-event-id"]), Array(3).fill(undefined));
  source.close();
});

test("reconnection: a byte order mark is stripped on every connection", async () => {
  const server = await script(
    ending("\uFEFFretry: 1\ndata: a\n\n"),
    streaming("\uFEFFdata: b\n\n"),
  );
  const source = new EventSource(server.url);
  assertEquals((await messages(source, 2)).map(({ data }) => data), ["a", "b"]);
  source.close();
});

test("reconnection: a pending CR does not reach into the next connection", async () => {
  const server = await script(ending("retry: 1\r"), streaming("\ndata: a\n\n"));
  const source = new EventSource(server.url);
  assertEquals((await messages(source, 1))[0]?.data, "a");
  source.close();
});

test("reconnection: half a character does not reach into the next connection", async () => {
  const server = await script(
    { steps: [{ write: "retry: 1\ndata: a\n\n" }, { bytes: "\xE2\x82" }, "end"] },
    streaming("data: b\n\n"),
  );
  const source = new EventSource(server.url);
  assertEquals((await messages(source, 2)).map(({ data }) => data), ["a", "b"]);
  source.close();
});

test("reconnection: a retry beyond any timer is no hot loop", async () => {
  for (const time of ["2147483648", "99999999999", "9".repeat(400)]) {
    const { fetch, calls } = fakeFetch(() => endedStreamOf(`retry: ${time}\n\n`));
    const source = new EventSource("http://localhost/", { fetch });
    const error = await nextError(source);
    await delay(30);
    assertEquals(calls.length, 1);
    assertEquals(source.reconnectionTime, Math.min(Number(time), Number.MAX_SAFE_INTEGER));
    assert(Number.isFinite(error.delay), `${error.delay}`);
    source.close();
  }
});

test("reconnection: retry: 0 leaves room for others", async () => {
  const { fetch, calls } = fakeFetch(() => endedStreamOf("retry: 0\n\n"));
  const source = new EventSource("http://localhost/", { fetch, reconnection: { delay: 0 } });
  await delay(30);
  source.close();
  const count = calls.length;
  assert(count > 1);
  await delay(10);
  assertEquals(calls.length, count);
});

test("reconnection: a final failure ends it", async () => {
  const server = await script(ending("retry: 1\ndata: a\n\n"), { status: 204 });
  const source = new EventSource(server.url);
  const states: number[] = [];
  await new Promise<void>((resolve) =>
    source.onerror = () => {
      states.push(source.readyState);
      if (source.readyState === EventSource.CLOSED) resolve();
    }
  );
  await delay(20);
  assertEquals([states, await server.count()], [[0, 2], 2]);
});

test("reconnection: one connection at a time", async () => {
  let open = 0;
  let most = 0;
  const source = new EventSource("http://localhost/", {
    fetch: () => {
      most = Math.max(most, ++open);
      let sent = false;
      const body = new ReadableStream<Uint8Array>({
        async pull(controller): Promise<void> {
          await delay(1);
          if (sent) controller.close();
          else controller.enqueue(new TextEncoder().encode("retry: 0\ndata: a\n\n"));
          if (sent) open--;
          sent = true;
        },
      });
      return Promise.resolve(
        new Response(body, { headers: { "Content-Type": "text/event-stream" } }),
      );
    },
  });
  await messages(source, 5);
  source.close();
  // For the delay of the stream that was being read.
  await delay(5);
  assertEquals(most, 1);
});

test("reconnection: close() while it waits leaves no timer and makes no request", async () => {
  const { fetch, calls } = fakeFetch(() => endedStreamOf("retry: 10\n\n"));
  const source = new EventSource("http://localhost/", { fetch });
  await nextError(source);
  source.close();
  await delay(40);
  assertEquals(calls.length, 1);
});

test("reconnection: where no timer can be set, the source closes and says so", async () => {
  const { setTimeout: given } = globalThis;
  const { fetch } = fakeFetch(() => endedStreamOf());
  const source = new EventSource("http://localhost/", { fetch });
  const ended = new Promise<string>((resolve) => {
    source.onerror = (event) => resolve(`${event.reason}: ${event.message}`);
  });
  globalThis.setTimeout = (() => {
    throw new Error("not in global scope");
  }) as unknown as typeof setTimeout;
  try {
    assertEquals(
      await ended,
      "unsupported: http://localhost/ ended; cannot wait to reconnect: not in global scope",
    );
  } finally {
    globalThis.setTimeout = given;
  }
  assertEquals(source.readyState, EventSource.CLOSED);
});

test("timer: delays beyond 2^31-1 ms are counted down, and can be cancelled at any step", () => {
  const { setTimeout: given, clearTimeout: givenClear } = globalThis;
  const limit = 2 ** 31 - 1;
  let set: { delay: number; call: () => void }[] = [];
  globalThis.setTimeout = ((call: () => void, delay: number) => {
    set.push({ delay, call });
    return set.length;
  }) as unknown as typeof setTimeout;
  const cleared: unknown[] = [];
  globalThis.clearTimeout = (timer) => void cleared.push(timer);
  try {
    for (
      const [time, delays] of [
        [0, [0]],
        [limit, [limit]],
        [limit + 1, [limit, 1]],
        [limit * 2 + 5, [limit, limit, 5]],
      ] as const
    ) {
      set = [];
      let fired = 0;
      const cancel = startTimer(time, () => fired++);
      for (let step = 0; step < delays.length; step++) {
        assertEquals(fired, 0);
        set[step]!.call();
      }
      assertEquals([fired, set.map(({ delay }) => delay)], [1, [...delays]]);
      cancel();
      assertEquals(cleared.at(-1), delays.length);
    }
    // As `maxDelay: Infinity` makes it in the end.
    set = [];
    startTimer(Infinity, () => assert(false, "that is never"));
    for (let step = 0; step < 5; step++) set[step]!.call();
    assertEquals(set.map(({ delay }) => delay), Array(6).fill(limit));
  } finally {
    globalThis.setTimeout = given;
    globalThis.clearTimeout = givenClear;
  }
});

test("reconnection: two sources do not share anything", async () => {
  const first = EventSource.fromReadableStream(streamOf("id: 1\nretry: 7\ndata: a\n\n"));
  const second = EventSource.fromReadableStream(streamOf("data: b\n\n"));
  await Promise.all([messages(first, 1), messages(second, 1)]);
  assertEquals([first.lastEventId, second.lastEventId], ["1", ""]);
  assertEquals([first.reconnectionTime, second.reconnectionTime], [7, 3000]);
  first.close();
  second.close();
});
