import { assert, assertEquals, assertThrows } from "@std/assert";
import { EventSource, EventSourceError, type ReconnectionInit } from "@x/eventsource";
import { Reconnection, retryAfter } from "../src/reconnection.ts";
import { config, delay, test, until } from "./harness.ts";
import { ending, script, streaming } from "./scripted.ts";
import {
  either,
  endedStreamOf,
  fakeFetch,
  messages,
  nextError,
  record,
  streamOf,
} from "./sources.ts";

const BROKEN = new EventSourceError("network", "");

const POLICY = {
  delay: 100,
  maxDelay: 1000,
  factor: 2,
  jitter: 0,
  stableAfter: 50,
  maxRetries: Infinity,
  when: () => true,
};

function refused(): Response {
  return new Response(null, { status: 503, headers: { "Retry-After": "0" } });
}

test("policy: waits grow by the factor, up to maxDelay", () => {
  const reconnection = new Reconnection(POLICY);
  const waits = Array.from({ length: 6 }, () => {
    reconnection.ended();
    return reconnection.delay(BROKEN, 100);
  });
  assertEquals(waits, [100, 200, 400, 800, 1000, 1000]);
});

test("policy: waits grow from 0 too, and stay numbers", () => {
  const reconnection = new Reconnection({ ...POLICY, delay: 0 });
  const waits = Array.from({ length: 3000 }, () => {
    reconnection.ended();
    return reconnection.delay(BROKEN, 0);
  });
  assertEquals(waits.slice(0, 4), [0, 2, 4, 8]);
  assert(waits.slice(12).every((wait) => wait === 1000));
});

test("policy: a server that asks for more than maxDelay gets it, and is never undercut", () => {
  const reconnection = new Reconnection(POLICY);
  for (const wait of [5000, 5000]) {
    reconnection.ended();
    assertEquals(reconnection.delay(BROKEN, 5000), wait);
  }
  const endless = new Reconnection({ ...POLICY, maxDelay: Infinity, jitter: 1 });
  for (let attempt = 0; attempt < 5000; attempt++) endless.ended();
  assertEquals([endless.delay(BROKEN, 0), endless.delay(BROKEN, 9e15)], [Infinity, Infinity]);
});

test("policy: jitter adds up to its part of the wait, and takes nothing away", () => {
  const reconnection = new Reconnection({ ...POLICY, jitter: 0.5 });
  reconnection.ended();
  const waits = Array.from({ length: 500 }, () => reconnection.delay(BROKEN, 100)!);
  assert(Math.min(...waits) >= 100 && Math.max(...waits) <= 150);
  assert(Math.max(...waits) - Math.min(...waits) > 30);
});

test("policy: Retry-After raises the wait, up to one hour", () => {
  const reconnection = new Reconnection(POLICY);
  reconnection.ended();
  const wait = (retryAfter: number) =>
    Math.round(reconnection.delay(BROKEN, 100, Date.now() + retryAfter)! / 50) * 50;
  assertEquals([wait(50), wait(7000), wait(1e9)], [100, 7000, 3_600_000]);
});

test("policy: Retry-After is seconds or a date, and nonsense asks for nothing", () => {
  const seconds = retryAfter("120") - Date.now();
  assert(seconds > 119_000 && seconds <= 120_000, String(seconds));
  const date = new Date(Date.now() + 60_000).toUTCString();
  assertEquals(retryAfter(date), Date.parse(date));
  for (const value of [null, "", "soon", "-5", "0", "Wed, 21 Oct 2015 07:28:00 GMT"]) {
    assert(retryAfter(value) <= Date.now(), String(value));
  }
});

test("policy: a server that asks for less than 100 ms gets that, or the delay if it is less", () => {
  const first = (delay: number, retry: number) => {
    const reconnection = new Reconnection({ ...POLICY, delay });
    reconnection.ended();
    return reconnection.delay(BROKEN, retry);
  };
  assertEquals([first(3000, 0), first(3000, 99), first(3000, 101)], [100, 100, 101]);
  assertEquals([first(20, 0), first(20, 30), first(0, 0)], [20, 30, 0]);
});

test("policy: a message with data, or time spent open, starts the count again", async () => {
  const reconnection = new Reconnection(POLICY);
  const next = () => {
    reconnection.ended();
    return reconnection.attempt;
  };
  assertEquals([next(), next()], [1, 2]);
  reconnection.opened();
  assertEquals(next(), 3);
  reconnection.opened();
  reconnection.dispatched("a");
  assertEquals([next(), next()], [1, 2]);
  reconnection.opened();
  reconnection.dispatched("");
  assertEquals(next(), 3);
  reconnection.opened();
  await delay(60);
  assertEquals([next(), next()], [1, 2]);
});

test("reconnection: the error event says whether, when and how often", async () => {
  const { fetch } = fakeFetch(
    () => endedStreamOf("retry: 10\n\n"),
    () => endedStreamOf(),
    () => endedStreamOf("data: a\n\n"),
    () => new Response(null, { status: 204 }),
  );
  const source = new EventSource("http://localhost/", {
    fetch,
    reconnection: { delay: 0, jitter: 0 },
  });
  const seen: unknown[] = [];
  await new Promise<void>((resolve) =>
    source.onerror = ({ willReconnect, delay, attempt, reason }) => {
      seen.push([reason, willReconnect, delay, attempt, source.readyState]);
      if (!willReconnect) resolve();
    }
  );
  assertEquals(seen, [
    ["closed", true, 10, 1, 0],
    ["closed", true, 20, 2, 0],
    ["closed", true, 10, 1, 0],
    ["status", false, undefined, 2, 2],
  ]);
});

test("reconnection: delay is the reconnection time until the server sets it", () => {
  const { fetch } = fakeFetch(() => streamOf());
  const source = new EventSource("http://localhost/", { fetch, reconnection: { delay: 45_000 } });
  assertEquals(source.reconnectionTime, 45_000);
  source.close();
});

test("reconnection: a server that accepts and drops sees longer and longer waits", async () => {
  const { fetch, calls } = fakeFetch(() => endedStreamOf("retry: 1\n\n"));
  const source = new EventSource("http://localhost/", { fetch, reconnection: { jitter: 0 } });
  await delay(100);
  source.close();
  // After waits of 1, 2, 4, 8, 16, 32 ms, the seventh is not over yet.
  assert(calls.length <= 8, String(calls.length));
});

test("reconnection: up to half of a wait is added to it, unless told otherwise", async () => {
  const { fetch } = fakeFetch(() => endedStreamOf());
  const { random } = Math;
  Math.random = () => 0.99;
  const source = new EventSource("http://localhost/", { fetch, reconnection: { delay: 1000 } });
  const { delay } = await nextError(source).finally(() => Math.random = random);
  source.close();
  assert(delay! > 1490 && delay! <= 1500, String(delay));
});

test("reconnection: a server that closes on purpose sees its own retry", async () => {
  const { fetch } = fakeFetch(() => endedStreamOf("retry: 5\ndata: a\n\n"));
  const source = new EventSource("http://localhost/", {
    fetch,
    reconnection: { delay: 0, jitter: 0 },
  });
  const waits = new Set<unknown>();
  source.onerror = ({ delay }) => waits.add(delay);
  await messages(source, 5);
  source.close();
  assertEquals([...waits], [5]);
});

test("reconnection: maxRetries bounds consecutive attempts", async () => {
  for (const maxRetries of [0, 1, 3]) {
    const { fetch, calls } = fakeFetch(() => endedStreamOf("retry: 0\n\n"));
    const source = new EventSource("http://localhost/", { fetch, reconnection: { maxRetries } });
    const last = await finalError(source);
    await delay(5);
    assertEquals([calls.length, last.attempt], [1 + maxRetries, 1 + maxRetries]);
    assertEquals([last.willReconnect, source.readyState], [false, EventSource.CLOSED]);
  }
});

test("reconnection: false turns it off", async () => {
  const { fetch, calls } = fakeFetch(() => endedStreamOf("retry: 0\ndata: a\n\n"));
  const source = new EventSource("http://localhost/", { fetch, reconnection: false });
  assertEquals((await nextError(source)).reason, "closed");
  await delay(5);
  assertEquals([calls.length, source.readyState], [1, EventSource.CLOSED]);
});

test("reconnection: true is the default", async () => {
  for (const reconnection of [true, undefined]) {
    const { fetch } = fakeFetch(() => endedStreamOf("data: a\n\n"));
    const source = new EventSource("http://localhost/", { fetch, reconnection });
    const { willReconnect, delay = 0 } = await nextError(source);
    source.close();
    assert(willReconnect && delay >= 3000 && delay <= 4500, String(delay));
  }
});

test("reconnection: when decides, and may wait for a server that is busy", async () => {
  const server = await script(
    { status: 503, headers: { "Retry-After": "0" }, steps: ["end"] },
    { status: 200, headers: { "Content-Type": "text/html" }, steps: ["end"] },
    streaming("data: a\n\n"),
  );
  const asked: unknown[] = [];
  const source = new EventSource(server.url, {
    reconnection: {
      delay: 1,
      when: (error) => asked.push([error instanceof Error, error.reason, error.status]) > 0,
    },
  });
  assertEquals((await messages(source, 1))[0]?.data, "a");
  assertEquals(asked, [[true, "status", 503], [true, "content-type", 200]]);
  source.close();
  await server.closed(3);
});

test("reconnection: when can also give up", async () => {
  const { fetch, calls } = fakeFetch(() => endedStreamOf("retry: 0\n\n"));
  const source = new EventSource("http://localhost/", {
    fetch,
    reconnection: { when: ({ reason }) => reason !== "closed" },
  });
  await nextError(source);
  await delay(5);
  assertEquals([calls.length, source.readyState], [1, EventSource.CLOSED]);
});

test("reconnection: Retry-After is waited for", async () => {
  const { fetch } = fakeFetch(() =>
    new Response(null, { status: 503, headers: { "Retry-After": "120" } })
  );
  const source = new EventSource("http://localhost/", {
    fetch,
    reconnection: { when: () => true, jitter: 0 },
  });
  const wait = (await nextError(source)).delay ?? 0;
  assert(wait > 119_000 && wait <= 120_000, String(wait));
  source.close();
});

test("reconnection: when may close the source, or reconnect it", async () => {
  const closing = fakeFetch(refused);
  const closed: EventSource = new EventSource("http://localhost/", {
    fetch: closing.fetch,
    reconnection: {
      when: () => {
        closed.close();
        return true;
      },
    },
  });
  const errors = record(closed, "error");
  await delay(10);
  assertEquals([closing.calls.length, closed.readyState, errors], [1, EventSource.CLOSED, []]);

  const { fetch, calls } = fakeFetch(refused, () => streamOf("data: a\n\n"));
  const source: EventSource = new EventSource("http://localhost/", {
    fetch,
    reconnection: {
      when: () => {
        source.reconnect();
        return false;
      },
    },
  });
  await messages(source, 1);
  assertEquals([calls.length, source.readyState], [2, EventSource.OPEN]);
  source.close();
});

test("reconnection: what is pointless to retry is final, whatever when says", async () => {
  const reconnection: ReconnectionInit = { delay: 0, when: () => true };
  const tooLong = fakeFetch(() => streamOf("data: 1234567890"));
  const limited = new EventSource("http://localhost/", {
    fetch: tooLong.fetch,
    maxBufferSize: 8,
    reconnection,
  });
  assertEquals((await nextError(limited)).reason, "limit");
  assertEquals(limited.readyState, EventSource.CLOSED);
  const unsupported = new EventSource("ftp://localhost/", { reconnection });
  assertEquals((await nextError(unsupported)).willReconnect, false);
});

test("reconnect(): drops the connection and makes another at once, without an error", async () => {
  const server = await script(
    streaming("id: 1\nretry: 60000\ndata: a\n\n"),
    streaming("data: b\n\n"),
  );
  const source = new EventSource(server.url);
  const errors = record(source, "error");
  await messages(source, 1);
  source.reconnect();
  assertEquals(source.readyState, EventSource.CONNECTING);
  assertEquals((await messages(source, 1))[0]?.data, "b");
  assertEquals((await server.requests(2))[1]?.headers["last-event-id"], "1");
  await server.closed(1);
  source.close();
  await server.closed(2);
  assertEquals(errors, []);
});

test("reconnect(): cuts a wait short, and the attempts count on", async () => {
  const { fetch, calls } = fakeFetch(
    () => endedStreamOf("retry: 60000\n\n"),
    () => endedStreamOf(),
    () => streamOf(),
    () => endedStreamOf(),
  );
  const source = new EventSource("http://localhost/", { fetch });
  for (let call = 1; call <= 2; call++) {
    const error = await nextError(source);
    assertEquals([error.attempt, calls.length], [call, call]);
    source.reconnect();
  }
  await delay(1);
  assertEquals([calls.length, source.readyState], [3, EventSource.OPEN]);
  // Of a connection that is open: the count starts again.
  source.reconnect();
  assertEquals((await nextError(source)).attempt, 1);
  source.close();
});

test("reconnect(): in each error listener it makes no more attempts than maxRetries", async () => {
  const { fetch, calls } = fakeFetch(() => new Response(null, { status: 401 }));
  const source = new EventSource("http://localhost/", {
    fetch,
    reconnection: { maxRetries: 3, when: () => true },
  });
  const attempts: (number | undefined)[] = [];
  await new Promise<void>((resolve) => {
    source.onerror = ({ attempt, willReconnect }) => {
      attempts.push(attempt);
      // An end, should maxRetries be none.
      if (willReconnect && calls.length < 10) source.reconnect();
      else resolve();
    };
  });
  assertEquals([attempts, calls.length, source.readyState], [[1, 2, 3, 4], 4, EventSource.CLOSED]);
});

test("reconnect(): called by reconnection.when, it counts as an attempt", async () => {
  const { fetch, calls } = fakeFetch(() => endedStreamOf());
  const attempts: (readonly [number, string | undefined])[] = [];
  const source: EventSource = new EventSource("http://localhost/", {
    fetch,
    headers: ({ attempt, error }) => {
      attempts.push([attempt, error?.reason]);
      return {};
    },
    reconnection: {
      maxRetries: 2,
      when: () => {
        // An end, should maxRetries be none.
        if (calls.length < 10) source.reconnect();
        return true;
      },
    },
  });
  const error = await nextError(source);
  assertEquals(attempts, [[0, undefined], [1, "closed"], [2, "closed"]]);
  assertEquals([error.attempt, calls.length, source.readyState], [3, 3, EventSource.CLOSED]);
});

test("reconnect(): in a listener, what is left of the chunk is not dispatched", async () => {
  const { fetch, calls } = fakeFetch(
    () => streamOf("id: 1\ndata: a\n\ndata: lost\n\n"),
    () => streamOf("data: b\n\n"),
  );
  const source = new EventSource("http://localhost/", { fetch });
  const received: string[] = [];
  source.onmessage = ({ data }) => {
    received.push(data);
    if (data === "a") source.reconnect();
  };
  await until("there are two messages", () => received.length === 2);
  assertEquals(received, ["a", "b"]);
  assertEquals(calls[1]?.headers.get("last-event-id"), "1");
  source.close();
});

test("reconnect(): however often it is called, one connection is left", async () => {
  const server = await script(streaming("data: a\n\n"));
  const source = new EventSource(server.url);
  for (let call = 0; call < 20; call++) {
    source.reconnect();
    if (call % 3 === 0) await delay(1);
  }
  await messages(source, 1);
  await delay(20);
  const count = await server.count();
  await server.closed(count - 1);
  source.close();
  await server.closed(count);
});

test("reconnect(): throws where there is nothing to connect", async () => {
  const closed = new EventSource(config.refused);
  closed.close();
  const stream = EventSource.fromReadableStream(streamOf());
  const { fetch } = fakeFetch(() => streamOf());
  const spent = new EventSource("http://localhost/", {
    fetch,
    method: "POST",
    body: streamOf("x"),
  });
  await delay(1);
  for (
    const [source, message] of [
      [closed, "it is closed"],
      [stream, "it was made from a stream"],
      [spent, "its body was a stream"],
    ] as const
  ) {
    const error = assertThrows(() => source.reconnect(), DOMException);
    assertEquals(
      [error.name, error.message],
      ["InvalidStateError", `Cannot reconnect: ${message}`],
    );
    source.close();
  }
});

/** A fetch that returns one open stream, and a function that writes to it. */
function fetchAndSend() {
  let send = (_text: string): void => {};
  const { fetch } = fakeFetch(() =>
    new ReadableStream<Uint8Array>({
      start(controller): void {
        send = (text) => controller.enqueue(new TextEncoder().encode(text));
      },
    })
  );
  return { fetch, send: (text: string) => send(text) };
}

test("idleTimeout: silence drops the connection, and another is made", async () => {
  const server = await script(streaming("retry: 1\ndata: a\n\n"), streaming("data: b\n\n"));
  const source = new EventSource(server.url, { idleTimeout: 250 });
  const received = messages(source, 2);
  const error = await nextError(source);
  assertEquals([error.reason, error.status, error.willReconnect], ["idle", 200, true]);
  assertEquals(error.message, `${server.url} broke off: nothing for 250 ms`);
  assertEquals((await received).map(({ data }) => data), ["a", "b"]);
  await server.closed(1);
  source.close();
});

test("idleTimeout: counts from the start of the request", async () => {
  const { calls, fetch } = fakeFetch();
  const source = new EventSource("http://localhost/", {
    fetch: (url, init) => fetch(url, init).then(() => new Promise<Response>(() => {})),
    idleTimeout: 20,
  });
  const error = await nextError(source);
  assertEquals([error.reason, error.status], ["idle", undefined]);
  assertEquals(calls[0]?.init.signal?.aborted, true);
  source.close();
});

test("idleTimeout: any byte counts, comments too", async () => {
  const beat = [{ write: ":\n" }, { wait: 80 }] as const;
  const server = await script({
    steps: [...beat, ...beat, ...beat, ...beat, ...beat, { write: "data: a\n\n" }],
  });
  const source = new EventSource(server.url, { idleTimeout: 320 });
  const errors = record(source, "error");
  await messages(source, 1);
  assertEquals(errors, []);
  source.close();
});

test("idleTimeout: what came while the program was busy is no silence", async () => {
  const busy = { write: "event: busy\ndata\n\n" };
  const beats = Array.from({ length: 10 }, () => [{ wait: 10 }, { write: ":\n" }] as const).flat();
  const server = await script({
    steps: [busy, ...beats, busy, ...beats, ...beats, { write: "data: a\n\n" }],
  });
  const source = new EventSource(server.url, { idleTimeout: 250 });
  source.addEventListener("busy", () => {
    const end = performance.now() + 350;
    while (performance.now() < end);
  });
  const event = await either(source, "message", "error");
  source.close();
  assertEquals(event.type, "message");
}, { skip: { workerd: "its clock stands still while a program is busy" } });

test(
  "idleTimeout: after the program was busy, however often, bytes may take a while to come through",
  async () => {
    const { fetch, send } = fetchAndSend();
    const source = new EventSource("http://localhost/", { fetch, idleTimeout: 500 });
    function beBusy(milliseconds: number): void {
      const end = performance.now() + milliseconds;
      while (performance.now() < end);
    }
    source.onopen = () =>
      setTimeout(() => {
        beBusy(300);
        setTimeout(() => {
          beBusy(150);
          // On a loaded machine a browser's process for the network takes as long.
          setTimeout(() => send("data: a\n\n"), 20);
        }, 20);
      }, 440);
    const event = await either(source, "message", "error");
    source.close();
    assertEquals(event.type, "message");
  },
  { skip: { workerd: "its clock stands still while a program is busy" } },
);

test("idleTimeout: leaves no timer behind", async () => {
  // Deno's leak checks, and the end of the process on the others, are what would notice.
  const { fetch } = fakeFetch(() => streamOf("data: a\n\n"));
  const source = new EventSource("http://localhost/", { fetch, idleTimeout: 60_000 });
  await messages(source, 1);
  source.close();
  const failing = fakeFetch(() => new Response(null, { status: 404 }));
  const failed = new EventSource("http://localhost/", {
    fetch: failing.fetch,
    idleTimeout: 60_000,
  });
  await nextError(failed);
  const ended = fakeFetch(() => endedStreamOf("retry: 100000\n\n"));
  const waiting = new EventSource("http://localhost/", { fetch: ended.fetch, idleTimeout: 60_000 });
  await nextError(waiting);
  waiting.close();
  const finite = await script(ending());
  const done = new EventSource(finite.url, { idleTimeout: 60_000, reconnection: false });
  await nextError(done);
});

async function finalError(source: EventSource) {
  for (;;) {
    const error = await nextError(source);
    if (!error.willReconnect) return error;
  }
}

test("reconnection: a connection that stays open for stableAfter starts the count again", async () => {
  const { fetch } = fakeFetch(
    () => endedStreamOf("retry: 1\n\n"),
    () =>
      new ReadableStream<Uint8Array>({
        start: (controller) => void setTimeout(() => controller.close(), 300),
      }),
    () => endedStreamOf(),
  );
  const source = new EventSource("http://localhost/", { fetch, reconnection: { stableAfter: 20 } });
  const attempts: unknown[] = [];
  await new Promise<void>((resolve) =>
    source.onerror = ({ attempt }) => {
      if (attempts.push(attempt) === 3) resolve();
    }
  );
  source.close();
  assertEquals(attempts, [1, 1, 2]);
});

test("reconnect(): the headers function is told what ended the last attempt, and no older error", async () => {
  const { fetch } = fakeFetch(
    () => endedStreamOf("retry: 60000\n\n"),
    () => streamOf("data: a\n\n"),
    () => streamOf("data: b\n\n"),
  );
  const errors: (string | undefined)[] = [];
  const source = new EventSource("http://localhost/", {
    fetch,
    headers: ({ error }) => {
      errors.push(error?.reason);
      return {};
    },
  });
  await nextError(source);
  source.reconnect();
  await messages(source, 1);
  source.reconnect();
  await messages(source, 1);
  assertEquals(errors, [undefined, "closed", undefined]);
  source.close();
});

test("idleTimeout: the head of a response is no silence", async () => {
  const server = await script({ after: 240, steps: [{ wait: 240 }, { write: "data: a\n\n" }] });
  const source = new EventSource(server.url, { idleTimeout: 440 });
  const errors = record(source, "error");
  await messages(source, 1);
  assertEquals(errors, []);
  source.close();
}, { skip: { "browser-firefox": "its fetch answers with the first byte of the body" } });

test("idleTimeout: a redirect is no silence", async () => {
  const server = await script(
    { status: 302, headers: { Location: "?1" }, after: 200 },
    { status: 302, headers: { Location: "?2" }, after: 200 },
    { after: 200, steps: [{ write: "data: a\n\n" }] },
  );
  const source = new EventSource(server.url, { idleTimeout: 440 });
  const errors = record(source, "error");
  await messages(source, 1);
  assertEquals(errors, []);
  source.close();
}, { skip: { browser: "its fetch follows redirects unseen: they count as silence" } });

test(
  "idleTimeout: what the user takes for the body of a redirected request is no silence",
  async () => {
    const server = await script(
      { status: 307, headers: { Location: "?1" } },
      streaming("data: a\n\n"),
    );
    let asked = 0;
    const source = new EventSource(server.url, {
      idleTimeout: 250,
      method: "POST",
      async body(): Promise<string> {
        if (++asked === 2) await delay(400);
        return "x";
      },
    });
    const errors = record(source, "error");
    await messages(source, 1);
    assertEquals([errors, asked], [[], 2]);
    source.close();
  },
  { skip: { browser: "its fetch follows redirects unseen" } },
);

/** Timers that fire when the test says so; the clocks go on, as with many libraries. */
interface FakeTimers {
  /** How many are set. */
  readonly count: number;
  tick(milliseconds: number): void;
  restore(): void;
}

function fakeTimers(): FakeTimers {
  const { setTimeout, clearTimeout } = globalThis;
  const timers = new Map<number, { at: number; run: () => void }>();
  let now = 0;
  let last = 0;
  Object.assign(globalThis, {
    setTimeout: (run: () => void, after = 0) => {
      timers.set(++last, { at: now + after, run });
      return last;
    },
    clearTimeout: (id: number) => void timers.delete(id),
  });
  return {
    get count() {
      return timers.size;
    },
    tick(milliseconds): void {
      // At once, as in node:test: what is set meanwhile counts from the end.
      now += milliseconds;
      for (;;) {
        const due = [...timers].filter(([, { at }]) => at <= now)
          .sort(([, a], [, b]) => a.at - b.at)[0];
        if (due === undefined) break;
        timers.delete(due[0]);
        due[1].run();
      }
    },
    restore: () => void Object.assign(globalThis, { setTimeout, clearTimeout }),
  };
}

async function withFakeTimers(run: (timers: FakeTimers) => Promise<void>): Promise<void> {
  const timers = fakeTimers();
  try {
    await run(timers);
  } finally {
    timers.restore();
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await null;
}

test("timers: idleTimeout works where timers are faked and clocks are not", async () => {
  await withFakeTimers(async (timers) => {
    const { fetch, send } = fetchAndSend();
    const source = new EventSource("http://localhost/", { fetch, idleTimeout: 60_000 });
    const errors = record(source, "error");
    await turns();
    timers.tick(59_999);
    send(":\n");
    await turns();
    timers.tick(59_999);
    await turns();
    assertEquals([errors, source.readyState], [[], EventSource.OPEN]);
    timers.tick(1);
    await turns();
    assertEquals(errors, ["error: http://localhost/ broke off: nothing for 60000 ms"]);
    source.close();
  });
});

test(
  "timers: idleTimeout is not longer where timers are faked and the program is busy",
  async () => {
    await withFakeTimers(async (timers) => {
      const { fetch } = fakeFetch(() => streamOf());
      const source = new EventSource("http://localhost/", { fetch, idleTimeout: 5 });
      const errors = record(source, "error");
      await turns();
      const end = performance.now() + 50;
      while (performance.now() < end);
      timers.tick(5);
      await turns();
      assertEquals(errors, ["error: http://localhost/ broke off: nothing for 5 ms"]);
      source.close();
    });
  },
  { skip: { workerd: "its clock stands still while a program is busy" } },
);

test("timers: stableAfter works where timers are faked and clocks are not", async () => {
  await withFakeTimers(async (timers) => {
    const bodies: ReadableStreamDefaultController<Uint8Array>[] = [];
    const { fetch } = fakeFetch(() =>
      new ReadableStream({ start: (body) => void bodies.push(body) })
    );
    const source = new EventSource("http://localhost/", { fetch, reconnection: { jitter: 0 } });
    const attempts: unknown[] = [];
    source.onerror = ({ attempt, delay }) => attempts.push([attempt, delay]);
    for (const open of [4999, 4999, 5000]) {
      await turns();
      timers.tick(open);
      bodies.at(-1)!.close();
      await turns();
      timers.tick(30_000);
    }
    assertEquals(attempts, [[1, 3000], [2, 6000], [1, 3000]]);
    source.close();
  });
});

test("timers: a connection has one for stableAfter only after a failure", async () => {
  await withFakeTimers(async (timers) => {
    const bodies: ReadableStreamDefaultController<Uint8Array>[] = [];
    const { fetch } = fakeFetch(() =>
      new ReadableStream({ start: (body) => void bodies.push(body) })
    );
    const source = new EventSource("http://localhost/", { fetch });
    await turns();
    assertEquals([source.readyState, timers.count], [EventSource.OPEN, 0]);
    bodies.at(-1)!.close();
    await turns();
    timers.tick(60_000);
    await turns();
    assertEquals([source.readyState, timers.count], [EventSource.OPEN, 1]);
    source.close();
    assertEquals(timers.count, 0);
  });
});

test("reconnection.when: its second argument is the default's answer", async () => {
  const seen: unknown[] = [];
  const { fetch, calls } = fakeFetch(
    () => new Response(null, { status: 503 }),
    () => endedStreamOf(),
    () => new Response(null, { status: 404 }),
  );
  const source = new EventSource("http://localhost/", {
    fetch,
    reconnection: {
      delay: 0,
      when: (error, standard) => {
        seen.push([error.status, standard]);
        return standard || error.status === 503;
      },
    },
  });
  await finalError(source);
  assertEquals(seen, [[503, false], [200, true], [404, false]]);
  assertEquals(calls.length, 3);
});

test("events: code is the status of a rejected response alone", async () => {
  const { fetch } = fakeFetch(
    () => endedStreamOf(),
    () => new Response(null, { status: 404 }),
  );
  const source = new EventSource("http://localhost/", { fetch, reconnection: { delay: 0 } });
  const closed = await nextError(source);
  const rejected = await nextError(source);
  assertEquals([closed.status, closed.code], [200, undefined]);
  assertEquals([rejected.status, rejected.code], [404, 404]);
});

test("init: what a program has put on Object.prototype is no option", async () => {
  const { fetch, calls } = fakeFetch(() => streamOf("data: a\n\n"));
  const polluted: Record<string, unknown> = {
    // Of no kind that anything could use: to read it fails.
    ca: 1,
    fetch: () => Promise.reject(new Error("rerouted")),
    proxy: "http://localhost:1",
    lastEventId: "7",
    maxRetries: "x",
  };
  for (const [name, value] of Object.entries(polluted)) {
    Object.defineProperty(Object.prototype, name, { value, configurable: true, enumerable: true });
  }
  try {
    const source = new EventSource("http://localhost/", { fetch, reconnection: {} });
    assertEquals(source.lastEventId, "");
    const other = new EventSource("http://localhost/");
    assertEquals(other.lastEventId, "");
    other.close();
    await messages(source, 1);
    assertEquals(calls.length, 1);
    source.close();
  } finally {
    for (const name of Object.keys(polluted)) Reflect.deleteProperty(Object.prototype, name);
  }
});

test("timers: idleTimeout works where a clock is faked and timers are not", async () => {
  const { performance } = globalThis;
  const frozen = performance.now();
  const { fetch } = fakeFetch(() =>
    new ReadableStream<Uint8Array>({
      async start(controller): Promise<void> {
        for (let count = 0; count < 40; count++) {
          if (count > 0) await delay(10);
          controller.enqueue(new TextEncoder().encode("data: a\n\n"));
        }
      },
    })
  );
  Object.defineProperty(globalThis, "performance", {
    value: { now: () => frozen },
    configurable: true,
    writable: true,
  });
  try {
    const source = new EventSource("http://localhost/", { fetch, idleTimeout: 250 });
    const errors = record(source, "error");
    await messages(source, 40);
    assertEquals(errors, []);
    source.close();
  } finally {
    Object.defineProperty(globalThis, "performance", {
      value: performance,
      configurable: true,
      writable: true,
    });
  }
});
