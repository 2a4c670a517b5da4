import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type AttemptContext,
  EventSource,
  type EventSourceError,
  EventSourceErrorEvent,
  type EventSourceInit,
} from "@x/eventsource";
import { delay, runtimeFamily, test, until } from "./harness.ts";
import { ending, script, streaming } from "./scripted.ts";
import {
  endedStreamOf,
  fakeFetch,
  firstOf,
  messages,
  nextError,
  nextOpen,
  record,
  streamOf,
} from "./sources.ts";

test("url: a function is asked before each attempt, with what is known", async () => {
  const server = await script(
    ending("id: 7\ndata: a\n\n"),
    { status: 503, steps: ["end"] },
    streaming("data: b\n\n"),
  );
  const contexts: Omit<AttemptContext, "error" | "signal">[] = [];
  const reasons: unknown[] = [];
  const source = new EventSource(server.url, {
    url: ({ error, signal: _, ...context }) => {
      contexts.push(context);
      reasons.push(error?.reason);
      return `?since=${context.lastEventId}`;
    },
    reconnection: { delay: 0, when: () => true },
  });
  await messages(source, 2);
  const url = server.url;
  assertEquals(contexts, [
    { url, attempt: 0, lastEventId: "" },
    { url, attempt: 1, lastEventId: "7" },
    { url, attempt: 2, lastEventId: "7" },
  ]);
  assertEquals(reasons, [undefined, "closed", "status"]);
  const paths = (await server.requests(3)).map(({ path }) => new URL(path, url).search);
  assertEquals(paths, ["?since=", "?since=7", "?since=7"]);
  assertEquals(source.url, server.url);
  source.close();
});

test("url: the headers go to what the function returns, and know it", async () => {
  // Where a page asks, another origin has to allow it.
  const headers = { "Content-Type": "text/event-stream", "Access-Control-Allow-Origin": "*" };
  const server = await script({ ...streaming("data: a\n\n"), headers });
  const seen: string[] = [];
  const source = new EventSource("http://localhost:1/", {
    url: () => Promise.resolve(new URL(server.otherUrl)),
    headers: ({ url }) => {
      seen.push(url);
      return { "X-Token": "1" };
    },
  });
  const [message] = await messages(source, 1);
  assertEquals([message?.origin, seen], [new URL(server.otherUrl).origin, [server.otherUrl]]);
  assertEquals((await server.requests(1))[0]?.headers["x-token"], "1");
  source.close();
});

test("url: what the function throws, or returns besides a URL, is a failed attempt", async () => {
  const { fetch, calls } = fakeFetch(() => streamOf());
  const wrong: [() => unknown, string][] = [
    [() => Promise.reject(new Error("no cursor")), "no cursor"],
    [() => 5, "it must be a URL, got number"],
    [() => undefined, "it must be a URL, got undefined"],
    [() => "http://user:s3cret@a:b/", "it must be a URL, got"],
  ];
  for (const [url, expected] of wrong) {
    const source = new EventSource("http://localhost/", { fetch, url: url as () => string });
    const error = await nextError(source);
    assertEquals([error.reason, error.willReconnect, calls.length], ["request", true, 0]);
    assert(error.message.startsWith("Cannot get the URL: "), error.message);
    assert(error.message.includes(expected) && !error.message.includes("s3cret"), error.message);
    source.close();
  }
});

test("url and headers: the signal of a function tells it that the attempt is given up", async () => {
  for (const option of ["url", "headers"] as const) {
    for (const giveUp of ["close", "reconnect"] as const) {
      const signals: AbortSignal[] = [];
      const source = new EventSource("http://localhost/", {
        fetch: () => new Promise(() => {}),
        [option]: ({ signal }: AttemptContext) => {
          signals.push(signal);
          return new Promise(() => {});
        },
      });
      await delay(0);
      assertEquals(signals.map(({ aborted }) => aborted), [false]);
      source[giveUp]();
      assertEquals(signals[0]?.aborted, true, `${option}, ${giveUp}`);
      source.close();
    }
  }
});

test("url: a function that is still busy when the source is closed sends nothing", async () => {
  const { fetch, calls } = fakeFetch(() => streamOf());
  let resolve = (_url: string): void => {};
  const promise = new Promise<string>((given) => void (resolve = given));
  const source = new EventSource("http://localhost/", { fetch, url: () => promise });
  const errors = record(source, "error");
  await null;
  source.close();
  resolve("http://localhost/");
  await promise;
  await null;
  assertEquals([calls.length, errors], [0, []]);
});

const BY_BROWSER = { skip: { browser: "its fetch follows redirects unseen" } };

test("fetch: what one adds by itself reaches no other origin by a redirect", async () => {
  const target = await script(streaming("data: a\n\n"));
  const guarded: EventSourceInit[] = [
    { headers: { "X-A": "b" } },
    { method: "POST", body: "x" },
    // Without a Content-Type.
    { method: "POST", body: new Uint8Array(1) },
  ];
  for (const init of guarded) {
    const server = await script(
      { status: 307, headers: { Location: "?near" } },
      { status: 302, headers: { Location: target.otherUrl } },
    );
    let calls = 0;
    const source = new EventSource(server.url, {
      ...init,
      fetch: (url, init) => {
        calls++;
        return fetch(url, { ...init, headers: { ...init.headers, Authorization: "s3cret" } });
      },
    });
    const error = await nextError(source);
    assertEquals([error.reason, error.status, calls], ["request", 302, 2]);
    assert(error.message.includes("redirected to another origin"), error.message);
    source.close();
  }
  assertEquals(await target.count(), 0);
}, BY_BROWSER);

test("fetch: a host without a scheme, or with another scheme, is another origin too", async () => {
  for (const location of ["//other.invalid/", "http://localhost/"]) {
    let isCancelled = false;
    const body = new ReadableStream({ cancel: () => void (isCancelled = true) });
    const { fetch, calls } = fakeFetch(() =>
      new Response(body, { status: 302, headers: { Location: location } })
    );
    const source = new EventSource("https://localhost/", { fetch, headers: { "X-A": "b" } });
    const { error } = await nextError(source);
    source.close();
    assertEquals([error.reason, calls.length, isCancelled], ["request", 1, true], location);
  }
}, BY_BROWSER);

test("fetch: what it adds is guarded against redirects to other origins alone", async () => {
  const met = async (status: number, location: string): Promise<string> => {
    const headers = { "Content-Type": "text/event-stream", Location: location };
    const body = status === 200 ? streamOf("data: a\n\n") : null;
    const { fetch } = fakeFetch(() => new Response(body, { status, headers }));
    const event = await firstOf("http://localhost/", { fetch, headers: { "X-A": "b" } });
    return event instanceof EventSourceErrorEvent ? event.message : event.type;
  };
  assertEquals(await met(200, "http://other.invalid/"), "message");
  assertEquals(await met(302, "http://a b/"), "http://localhost/ redirected to an invalid URL");
  assertEquals(
    await met(302, "ftp://other.invalid/"),
    'http://localhost/ redirected to a URL with the scheme "ftp:"',
  );
}, BY_BROWSER);

test("fetch: without anything to guard, its own rules hold for redirects", async () => {
  const { fetch, calls } = fakeFetch(() => streamOf("data: a\n\n"));
  const source = new EventSource("http://localhost/", { fetch, headers: { "User-Agent": "me" } });
  await messages(source, 1);
  assertEquals([calls[0]?.init.redirect, calls.length], ["follow", 1]);
  source.close();
});

test("fetch: redirects within the origin are followed by hand, one call a hop", async () => {
  const server = await script(
    { status: 307, headers: { Location: "?1" } },
    streaming("data: a\n\n"),
  );
  const calls: unknown[] = [];
  const source = new EventSource(server.url, {
    headers: { "X-A": "b" },
    fetch: (url, init) => {
      calls.push([new URL(url).search, init.redirect, init.headers["X-A"]]);
      return fetch(url, init);
    },
  });
  await messages(source, 1);
  assertEquals(calls, [["", "manual", "b"], ["?1", "manual", "b"]]);
  source.close();
}, BY_BROWSER);

test("fetch: a Location in UTF-8 that stays within the origin is followed", async () => {
  const bytes = new TextEncoder().encode("http://ex\u00E4mple.test/there");
  const { fetch, calls } = fakeFetch(
    () => new Response(null, { status: 302, headers: { Location: String.fromCharCode(...bytes) } }),
    () => streamOf("data: a\n\n"),
  );
  const source = new EventSource("http://xn--exmple-cua.test/", { fetch, headers: { "X-A": "b" } });
  await messages(source, 1);
  source.close();
  assertEquals(calls[1]?.url, "http://xn--exmple-cua.test/there");
}, BY_BROWSER);

test('fetch: a guard that chooses "manual" itself is called for each hop', async () => {
  const target = await script(streaming("data: a\n\n"));
  const server = await script({ status: 302, headers: { Location: target.otherUrl } });
  const asked: string[] = [];
  const source = new EventSource(server.url, {
    fetch: (url, init) => {
      asked.push(url);
      return fetch(url, { ...init, redirect: "manual" });
    },
  });
  await messages(source, 1);
  assertEquals(asked, [server.url, target.otherUrl]);
  source.close();
}, BY_BROWSER);

test("fetch: is called with two arguments", async () => {
  const counts: number[] = [];
  const { fetch } = fakeFetch(() => endedStreamOf("data: a\n\n"));
  const source = new EventSource("http://localhost/", {
    // deno-lint-ignore no-explicit-any
    fetch: (...args: any[]) => {
      counts.push(args.length);
      return fetch(args[0], args[1]);
    },
  });
  await messages(source, 1);
  source.close();
  assertEquals(counts, [2]);
});

test("redirect: a failure behind one says so, and what has stayed behind", async () => {
  const target = await script({ status: 401, steps: ["end"] });
  const cases: [status: number, member: "url" | "otherUrl", init: EventSourceInit, lost: string][] =
    [
      [303, "url", {}, ""],
      [303, "url", { method: "PUT", body: "x" }, "; PUT became GET"],
      [302, "otherUrl", { headers: { Authorization: "s3cret" } }, "; headers stayed behind"],
      [
        302,
        "otherUrl",
        {
          method: "POST",
          headers: { Authorization: "s3cret", "Content-Type": "text/plain" },
          body: "x",
        },
        "; headers stayed behind; POST became GET",
      ],
    ];
  for (const [status, member, init, lost] of cases) {
    const server = await script({ status, headers: { Location: target[member] } });
    const source = new EventSource(server.url, init);
    const { message } = await nextError(source);
    assertEquals(
      message,
      `${target[member]} (redirected from ${server.url}${lost}) ` +
        "answered with status 401, not 200",
    );
  }
}, runtimeFamily === "browser" ? BY_BROWSER : {});

test("close(): at any step between the response and open, nothing follows", async () => {
  for (let steps = 0; steps < 30; steps++) {
    let cancelled = false;
    const body = new ReadableStream({ cancel: () => void (cancelled = true) });
    let resolve = (_response: Response): void => {};
    const promise = new Promise<Response>((given) => void (resolve = given));
    const source = new EventSource("http://localhost/", { fetch: () => promise });
    await delay(0);
    const seen: string[] = [];
    for (const type of ["open", "error"]) source.addEventListener(type, () => seen.push(type));
    resolve(new Response(body, { headers: { "Content-Type": "text/event-stream" } }));
    for (let step = 0; step < steps; step++) await null;
    const before = seen.length;
    source.close();
    await delay(0);
    assertEquals([seen.length - before, cancelled], [0, true], `after ${steps} steps`);
  }
});

test("close(): at any step before a request, it is not sent, and no timer is left", async () => {
  const text = () => Promise.resolve("a");
  const inits: EventSourceInit[] = [{}, { headers: () => ({}) }, { method: "POST", body: text }];
  const { setTimeout, clearTimeout } = globalThis;
  const timers = new Set<unknown>();
  const fakes = {
    setTimeout(): unknown {
      const timer = {};
      timers.add(timer);
      return timer;
    },
    clearTimeout: (timer: unknown) => void timers.delete(timer),
  };
  for (const init of inits) {
    for (let steps = 0; steps < 40; steps++) {
      const { fetch, calls } = fakeFetch(
        () => new Response(null, { status: 307, headers: { Location: "/" } }),
      );
      Object.assign(globalThis, fakes);
      try {
        const source = new EventSource("http://localhost/", { ...init, fetch, idleTimeout: 1000 });
        for (let step = 0; step < steps; step++) await null;
        const before = calls.length;
        source.close();
        for (let step = 0; step < 40; step++) await null;
        assertEquals([calls.length - before, timers.size], [0, 0], `after ${steps} steps`);
      } finally {
        Object.assign(globalThis, { setTimeout, clearTimeout });
      }
    }
  }
});

test("messages: none holds a value that a runtime refuses as a header's", async () => {
  const failing: Partial<EventSourceInit>[] = [
    { headers: () => new Headers({ Authorization: "Bearer se\ncret" }) },
    {
      fetch: (url, init) =>
        fetch(url, { ...init, headers: { ...init.headers, Authorization: "Bearer se\ncret" } }),
    },
  ];
  for (const init of failing) {
    const source = new EventSource("http://localhost/", init);
    const { error } = await nextError(source);
    source.close();
    for (let thrown: unknown = error; thrown instanceof Error; thrown = thrown.cause) {
      assert(!/se\s?cret/.test(thrown.message), thrown.message);
    }
  }
});

test("body: a stream that is never sent is cancelled", async () => {
  const failures: Partial<EventSourceInit>[] = [
    { headers: () => Promise.reject(new Error("no token")) },
    { signal: AbortSignal.abort() },
    {},
  ];
  for (const init of failures) {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
    const source = new EventSource("http://localhost/", {
      method: "POST",
      body,
      fetch: () => new Promise(() => {}),
      ...init,
    });
    if (init.headers !== undefined) await nextError(source);
    source.close();
    await delay(0);
    assert(cancelled);
  }
});

test("rejected: the request is aborted and the body cancelled, however it ends", async () => {
  for (const end of ["nothing", "close", "reconnect"] as const) {
    const cancelled: number[] = [];
    const signals: AbortSignal[] = [];
    const source: EventSource = new EventSource("http://localhost/", {
      fetch: (_url, { signal }) => {
        const index = signals.push(signal);
        const body = new ReadableStream({ cancel: () => void cancelled.push(index) });
        if (index > 1) return new Promise(() => {});
        return Promise.resolve(new Response(body, { status: 503 }));
      },
      reconnection: {
        when: () => {
          if (end !== "nothing") source[end]();
          return false;
        },
      },
    });
    await until("the body is cancelled", () => cancelled.length > 0);
    assertEquals([cancelled, signals[0]?.aborted], [[1], true], end);
    source.close();
  }
});

test("rejected: while its body is read for a loop, silence is no idle time", async () => {
  const { fetch } = fakeFetch(() =>
    new Response(
      new ReadableStream({
        async start(controller): Promise<void> {
          await delay(120);
          controller.enqueue(new TextEncoder().encode("slow"));
          controller.close();
        },
      }),
      { status: 404 },
    )
  );
  const source = new EventSource("http://localhost/", { fetch, idleTimeout: 40 });
  const error = await assertRejects(async () => {
    for await (const _ of source);
  }) as EventSourceError;
  assertEquals([error.reason, await error.response?.text()], ["status", "slow"]);
});

test("close() and reconnect(): by who is told that an attempt is given up, one connection is left", async () => {
  for (const giveUp of ["reconnect", "end"] as const) {
    for (const then of ["close", "reconnect"] as const) {
      const signals: AbortSignal[] = [];
      let end = (): void => {};
      const source: EventSource = new EventSource("http://localhost/", {
        reconnection: { delay: 0 },
        fetch: (_url, { signal }) => {
          if (signals.push(signal) === 1) signal.addEventListener("abort", () => source[then]());
          const body = new ReadableStream<Uint8Array>({
            start: (controller) => void (end = () => controller.close()),
          });
          const headers = { "Content-Type": "text/event-stream" };
          return Promise.resolve(new Response(body, { headers }));
        },
      });
      await nextOpen(source);
      if (giveUp === "reconnect") source.reconnect();
      else end();
      await delay(20);
      const left = then === "close" ? [] : [false];
      assertEquals(signals.map(({ aborted }) => aborted), [true, ...left], `${giveUp}, ${then}`);
      source.close();
      assertEquals(signals.every(({ aborted }) => aborted), true);
    }
  }
});

test("headers: a function that throws what cannot be read is a failed attempt like another", async () => {
  const source = new EventSource("http://localhost/", {
    headers: () => {
      throw Object.defineProperty(new Error(), "message", {
        get(): never {
          throw new Error("message");
        },
      });
    },
  });
  const { reason, message } = await nextError(source);
  assertEquals([reason, message], ["request", "Cannot get the headers: an unreadable error"]);
  source.close();
});
