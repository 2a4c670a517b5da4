import { assert, assertEquals, assertThrows } from "@std/assert";
import { EventSource, type EventSourceInit } from "@x/eventsource";
import { config, delay, isNodeHttp, runtimeFamily, test, until } from "./harness.ts";
import { ending, script, streaming } from "./scripted.ts";
import { endedStreamOf, fakeFetch, messages, nextError, streamOf } from "./sources.ts";

const encoder = new TextEncoder();

const RULES = "tests/browser/page_rules.ts";
/** A browser sends no stream over HTTP/1.1. */
const sendsStreams = runtimeFamily !== "browser";

test("body: a POST is sent as given, and its answer followed", async () => {
  const bodies: [EventSourceInit["body"], string, string | undefined][] = [
    ['{"a":1}', '{"a":1}', "application/json"],
    [encoder.encode("bytes"), "bytes", "application/json"],
    [encoder.encode("buffer").buffer, "buffer", "application/json"],
    [new Blob(["blob"]), "blob", "application/json"],
    [new URLSearchParams({ a: "b c" }), "a=b+c", "application/json"],
    [() => "made", "made", "application/json"],
    [() => Promise.resolve("awaited"), "awaited", "application/json"],
  ];
  if (sendsStreams) {
    bodies.push(
      [() => endedStreamOf("str", "eam"), "stream", "application/json"],
      [endedStreamOf("once"), "once", "application/json"],
    );
  }
  for (const [body, expected, type] of bodies) {
    const server = await script(ending("data: a\n\n"));
    const source = new EventSource(server.url, {
      method: "post",
      body,
      headers: { "Content-Type": "application/json" },
    });
    const [[message]] = await Promise.all([messages(source, 1), nextError(source)]);
    const [request] = await server.requests(1);
    assertEquals([request?.method, request?.body, message?.data], ["POST", expected, "a"]);
    assertEquals(request?.headers["content-type"], type);
    assertEquals(source.readyState, EventSource.CLOSED);
  }
});

test("body: fetch names the type of a body that has one", async () => {
  const form = new FormData();
  form.set("a", "b");
  for (
    const [body, type] of [
      ["text", "text/plain;charset=utf-8"],
      [new URLSearchParams("a=b"), "application/x-www-form-urlencoded;charset=utf-8"],
      [form, "multipart/form-data; boundary="],
    ] as const
  ) {
    const server = await script(ending());
    const source = new EventSource(server.url, { method: "PUT", body });
    const [request] = await server.requests(1);
    assert(request?.headers["content-type"]?.toLowerCase().startsWith(type));
    assertEquals(request?.method, "PUT");
    source.close();
  }
});

test("method: a request other than GET and HEAD is not repeated by itself", async () => {
  for (
    const answer of [ending("retry: 1\ndata: a\n\n"), { steps: [{ wait: 5 }, "reset"] as const }]
  ) {
    for (const init of [{ method: "POST", body: "x" }, { method: "DELETE" }]) {
      const server = await script(answer);
      const source = new EventSource(server.url, init);
      const error = await nextError(source);
      assertEquals([error.willReconnect, source.readyState], [false, EventSource.CLOSED]);
      await delay(10);
      assertEquals(await server.count(), 1);
    }
  }
});

test("method: when has it repeated, with its body", async () => {
  const server = await script(ending("retry: 1\ndata: a\n\n"), streaming("data: b\n\n"));
  let made = 0;
  const source = new EventSource(server.url, {
    method: "POST",
    body: () => sendsStreams ? endedStreamOf(`body ${++made}`) : `body ${++made}`,
    reconnection: { when: ({ reason }) => reason === "closed" },
  });
  await messages(source, 2);
  const requests = await server.requests(2);
  assertEquals(requests.map(({ body }) => body), ["body 1", "body 2"]);
  source.close();
});

test("body: a function that fails, or returns no body, is a failed attempt", async () => {
  const wrong: [() => unknown, string][] = [
    [() => {
      throw new Error("no prompt");
    }, "no prompt"],
    [() => ({ a: 1 }), "it must be a BodyInit"],
    [() => undefined, "it must be a BodyInit"],
  ];
  for (const [body, message] of wrong) {
    const server = await script(ending());
    const source = new EventSource(server.url, { method: "POST", body: body as () => string });
    const error = await nextError(source);
    assertEquals([error.reason, error.willReconnect, await server.count()], ["request", false, 0]);
    assert(error.message.includes(message), error.message);
    source.close();
  }
});

/** What follows a redirect: the method, and whether the body goes along. */
const FOLLOWS: [number, string, string, string][] = [
  [301, "POST", "GET", ""],
  [302, "POST", "GET", ""],
  [303, "POST", "GET", ""],
  [307, "POST", "POST", "x"],
  [308, "POST", "POST", "x"],
  [301, "PUT", "PUT", "x"],
  [302, "PUT", "PUT", "x"],
  [303, "PUT", "GET", ""],
  [307, "PUT", "PUT", "x"],
  [308, "PUT", "PUT", "x"],
];
for (const [status, method, follows, body] of FOLLOWS) {
  test(`redirect ${status} of a ${method}: is followed by a ${follows} within the origin`, async () => {
    for (const given of sendsStreams ? ["x", () => endedStreamOf("x")] : ["x"]) {
      const target = await script(ending("data: a\n\n"));
      const server = await script({ status, headers: { Location: target.url }, steps: ["end"] });
      const source = new EventSource(server.url, {
        method,
        body: given,
        headers: { "Content-Type": "text/x", "X-A": "1" },
      });
      await messages(source, 1);
      const [request] = await target.requests(1);
      assertEquals([request?.method, request?.body], [follows, body]);
      assertEquals(request?.headers["content-type"], body === "" ? undefined : "text/x");
      assertEquals(request?.headers["x-a"], "1");
      source.close();
    }
  });

  test(`redirect ${status} of a ${method}: across origins, no body goes along`, async () => {
    const target = await script(ending("data: a\n\n"));
    const server = await script({ status, headers: { Location: target.otherUrl }, steps: ["end"] });
    const source = new EventSource(server.url, {
      method,
      body: "x",
      headers: { Authorization: "Bearer s3cret", "Content-Type": "text/x" },
    });
    if (body === "") {
      await messages(source, 1);
      const [request] = await target.requests(1);
      assertEquals([request?.method, request?.body], ["GET", ""]);
      assertEquals(
        [request?.headers["authorization"], request?.headers["content-type"]],
        [undefined, undefined],
      );
    } else {
      const error = await nextError(source);
      assertEquals(
        [error.reason, error.message],
        [
          "request",
          `${server.url} redirected a ${method} request to another origin, ` +
          `${config.otherServer}: its body stays behind`,
        ],
      );
      assertEquals(await target.count(), 0);
    }
    source.close();
    await server.closed(1);
  }, { skip: { browser: `it follows redirects by its own rules: ${RULES}` } });
}

test("redirect 303 of a POST: no field that describes the body goes along", async () => {
  const fields = {
    "Content-Encoding": "x",
    "Content-Language": "en",
    "Content-Length": "1",
    "Content-Location": "/x",
    "Content-Type": "text/x",
  };
  const server = await script({ status: 303, headers: { Location: "?" } }, ending("data: a\n\n"));
  const source = new EventSource(server.url, { method: "POST", body: "x", headers: fields });
  await messages(source, 1);
  source.close();
  const [first, second] = await server.requests(2);
  const names = (headers = {}) =>
    Object.keys(headers).filter((name) => name.startsWith("content-"));
  assertEquals(names(first?.headers).length, 5);
  assertEquals(names(second?.headers), []);
}, { skip: { browser: `it follows redirects by its own rules: ${RULES}` } });

test("redirect 303 of a HEAD and 301 of a DELETE keep the method", async () => {
  for (
    const [status, method, expected] of [[303, "HEAD", "HEAD"], [301, "DELETE", "DELETE"]] as const
  ) {
    const target = await script({ status: 404, steps: ["end"] });
    const server = await script({ status, headers: { Location: target.url }, steps: ["end"] });
    const source = new EventSource(server.url, { method, reconnection: false });
    await nextError(source);
    assertEquals((await target.requests(1))[0]?.method, expected);
  }
});

test("redirect 307: a body that is a stream is not sent twice", async () => {
  const target = await script(ending());
  const server = await script({ status: 307, headers: { Location: target.url }, steps: ["end"] });
  const source = new EventSource(server.url, { method: "POST", body: endedStreamOf("x") });
  const error = await nextError(source);
  assertEquals([error.reason, error.message, await target.count()], [
    "request",
    "Cannot send a stream again",
    0,
  ]);
  assertEquals(source.readyState, EventSource.CLOSED);
}, { skip: { browser: `it sends no stream over HTTP/1.1: ${RULES}` } });

test("redirect 307: once the source is closed, nobody asks for the body", async () => {
  let asked = 0;
  let answer = (_: Response): void => {};
  const source = new EventSource("http://localhost/", {
    method: "POST",
    body: () => `${++asked}`,
    // Ignores its signal.
    fetch: () => new Promise((resolve) => answer = resolve),
  });
  await delay(5);
  source.close();
  answer(new Response(null, { status: 307, headers: { Location: "/next" } }));
  await delay(5);
  assertEquals(asked, 1);
});

test("method: one that fetch does not know is sent as it is", async () => {
  const server = await script(ending());
  const source = new EventSource(server.url, { method: "QUERY", body: "x" });
  const [request] = await server.requests(1);
  assertEquals([request?.method, request?.body], ["QUERY", "x"]);
  source.close();
}, { skip: { workerd: "its fetch knows no other methods" } });

test("method: one that Bun's fetch would send as GET is a failed attempt", async () => {
  const server = await script(ending());
  const source = new EventSource(server.url, { method: "FOO" });
  const { reason, message } = await nextError(source);
  assertEquals([reason, source.readyState, (await server.requests(0)).length], [
    "unsupported",
    2,
    0,
  ]);
  assert(message.endsWith(`: Bun's fetch cannot send the method "FOO"`), message);
  const known = await script(ending());
  const patch = new EventSource(known.url, { method: "patch" });
  assertEquals((await known.requests(1))[0]?.method, "PATCH");
  patch.close();
}, runtimeFamily === "bun" && !isNodeHttp ? {} : { skip: { [runtimeFamily]: "is about Bun" } });

test("body: a function that is still busy when the source is closed or connected anew sends nothing", async () => {
  for (const end of ["close", "reconnect"] as const) {
    const { fetch, calls } = fakeFetch(() => endedStreamOf());
    let cancelled = false;
    const given: ((body: ReadableStream<Uint8Array>) => void)[] = [];
    const source = new EventSource("http://localhost/", {
      fetch,
      method: "POST",
      body: () => new Promise((resolve) => given.push(resolve)),
    });
    await delay(1);
    source[end]();
    await delay(1);
    given[0]?.(new ReadableStream({ cancel: () => void (cancelled = true) }));
    await delay(1);
    assertEquals([calls.length, cancelled], [0, true]);
    source.close();
  }
});

test("redirect: a fetch that ignores its signal is not called again after close()", async () => {
  // In each of the moments between the response and the request that would follow.
  for (let steps = 0; steps < 30; steps++) {
    let calls = 0;
    let answer = (_: Response): void => {};
    const source = new EventSource("http://localhost/", {
      fetch: () => {
        calls++;
        return new Promise((resolve) => answer = resolve);
      },
    });
    await delay(0);
    answer(new Response(null, { status: 302, headers: { Location: "/" } }));
    for (let step = 0; step < steps; step++) await null;
    const before = calls;
    source.close();
    await delay(0);
    assertEquals(calls, before, `after ${steps} steps`);
  }
});

test("redirect: the body of one that leads nowhere is cancelled", async () => {
  for (const location of ["/next", "ftp://localhost/"]) {
    let cancelled = false;
    const body = new ReadableStream({ cancel: () => void (cancelled = true) });
    const { fetch } = fakeFetch(
      () => new Response(body, { status: 302, headers: { Location: location } }),
      () => streamOf(),
    );
    const source = new EventSource("http://localhost/", { fetch });
    await until("the body is cancelled", () => cancelled);
    source.close();
  }
}, { skip: { browser: "a page sees no redirect" } });

test("method: names are as Fetch has them: some in upper case, the others as they are", async () => {
  for (const [given, sent] of [["delete", "DELETE"], ["patch", "patch"], ["query", "query"]]) {
    const { fetch, calls } = fakeFetch(() => streamOf());
    const source = new EventSource("http://localhost/", { fetch, method: given! });
    await until("there is a request", () => calls.length > 0);
    assertEquals(calls[0]?.init.method, sent);
    source.close();
  }
  for (const method of ["CONNECT", "trace", "Track", "a b", ""]) {
    assertThrows(() => new EventSource("http://localhost/", { method }), TypeError, "method");
  }
});

test("close(): in onopen cancels the body of a fetch that does not heed its signal", async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
  const { fetch } = fakeFetch(() => body);
  const source = new EventSource("http://localhost/", { fetch });
  await new Promise<void>((resolve) => {
    source.onopen = () => {
      source.close();
      resolve();
    };
  });
  await delay(5);
  assertEquals(cancelled, true);
});
