/**
 * What a browser's rules make of requests: what a page cannot do, and what it can that nobody else
 * does. Bundled with the tests that run in a page, whose origin is the scripted server's.
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { EventSource, EventSourceErrorEvent, type EventSourceInit } from "@x/eventsource";
import { config, delay, engine, test, until } from "../harness.ts";
import { type Answer, ending, script, streaming, streamingBehind } from "../scripted.ts";
import { endedStreamOf, firstOf, messages, nextError, nextOpen } from "../sources.ts";

/** The parts of a document that are needed here; the tests are checked without the DOM library. */
const { document } = globalThis as unknown as {
  document: {
    cookie: string;
    head: { append(element: unknown): void };
    createElement(name: string): {
      href: string;
      remove(): void;
      setAttribute(name: string, value: string): void;
    };
  };
};

const EVENT_STREAM = { "Content-Type": "text/event-stream" };

/** How the engine's `fetch` says that there is no answer, or none that the page may read. */
const FAILED: string | undefined = {
  chromium: "Failed to fetch",
  firefox: "NetworkError when attempting to fetch resource.",
  webkit: "Load failed",
}[engine ?? ""];

/** An answer that other origins may read. */
function shared(answer: Answer, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    ...answer,
    headers: { ...EVENT_STREAM, "Access-Control-Allow-Origin": "*", ...answer.headers, ...headers },
  };
}

/** The first message, or why there is none. */
async function outcome(url: string, init: EventSourceInit = {}): Promise<string> {
  const event = await firstOf(url, init);
  if (event instanceof EventSourceErrorEvent) return `${event.reason} ${event.status}`;
  return event instanceof MessageEvent ? event.data : "";
}

/** What the first attempt ends with. */
async function firstError(url: string, init: EventSourceInit): Promise<EventSourceErrorEvent> {
  const source = new EventSource(url, init);
  const error = await nextError(source);
  source.close();
  return error;
}

test("page: a page cannot set the header fields that the browser keeps to itself", async () => {
  const server = await script(streaming(":\n"));
  const source = new EventSource(server.url, {
    headers: { Cookie: "mine=1", Host: "feed.example", Origin: "http://feed.example", "X-A": "b" },
  });
  // In Firefox, whose open waits for a byte, what is closed before may keep its connection.
  await nextOpen(source);
  source.close();
  const [request] = await server.requests(1);
  const { cookie, host, origin, "x-a": allowed } = request?.headers ?? {};
  assertEquals([cookie, host, origin, allowed], [
    undefined,
    new URL(config.server).host,
    undefined,
    "b",
  ]);
});

test("page: a page cannot read another origin that does not allow it, nor learn why", async () => {
  const server = await script(streaming("data: a\n\n"));
  const source = new EventSource(server.otherUrl);
  const error = await nextError(source);
  source.close();
  assertEquals([error.reason, error.status, error.willReconnect], ["network", undefined, true]);
  assertEquals(error.message, `Cannot connect to ${server.otherUrl}: ${FAILED}`);
  // It was asked all the same, and its answer is released.
  assertEquals(await server.count(), 1);
  await server.closed(1);
});

test("page: a page can read another origin that allows it, over reconnections", async () => {
  const server = await script(
    shared(ending("retry: 1\nid: 1\ndata: a\n\n")),
    shared(streaming("data: b\n\n")),
  );
  const source = new EventSource(server.otherUrl, { headers: { "X-Api-Key": "k" } });
  const received = await messages(source, 2);
  source.close();
  assertEquals(received.map(({ data, origin }) => [data, origin]), [
    ["a", config.otherServer],
    ["b", config.otherServer],
  ]);
  const requests = await server.requests(2);
  assertEquals(
    requests.map(({ headers }) => [headers["x-api-key"], headers["last-event-id"]]),
    [["k", undefined], ["k", "1"]],
  );
  assertEquals(requests.map(({ headers }) => headers["origin"]), Array(2).fill(config.server));
});

test("page: a page cannot send another origin header fields that it does not allow", async () => {
  const server = await script(shared(streaming("data: a\n\n")));
  const url = `${server.otherUrl}?refusePreflight`;
  for (const init of [{ headers: { "X-Api-Key": "k" } }, { lastEventId: "1" }]) {
    assertEquals(await outcome(url, init), "network undefined");
  }
  assertEquals(await server.count(), 0);
  // What every page may send is not asked for.
  assertEquals(await outcome(url), "a");
});

test("page: a server that allows the origin and not Last-Event-ID is lost after the first cut", async () => {
  const server = await script(shared(ending("retry: 1\nid: 1\ndata: a\n\n")));
  const source = new EventSource(`${server.otherUrl}?refusePreflight`);
  const reasons: string[] = [];
  for (let count = 0; count < 3; count++) {
    const { reason, message, willReconnect } = await nextError(source);
    assert(willReconnect);
    reasons.push(`${reason}: ${message}`);
  }
  source.close();
  const failed = `network: Cannot connect to ${server.otherUrl} ` +
    `(does CORS allow Last-Event-ID?): ${FAILED}`;
  assertEquals(reasons, [`closed: ${server.otherUrl} ended`, failed, failed]);
  assertEquals(await server.count(), 1);
});

test("page: the hint at Last-Event-ID is not given where it cannot be that", async () => {
  const { message } = await firstError(`${config.refused}`, {});
  assertEquals(message, `Cannot connect to ${config.refused}: ${FAILED}`);
  const server = await script({
    status: 302,
    headers: { Location: config.refused },
    steps: ["end"],
  });
  const same = await firstError(server.url, { lastEventId: "1" });
  assertEquals(same.message, `Cannot connect to ${server.url}: ${FAILED}`);
});

test("page: the browser's own EventSource sends Last-Event-ID without being allowed to", async () => {
  const server = await script(
    shared(ending("retry: 1\nid: 1\ndata: a\n\n")),
    shared(streaming("data: b\n\n")),
  );
  const native = new globalThis.EventSource(`${server.otherUrl}?refusePreflight`);
  const requests = await server.requests(2);
  native.close();
  assertEquals(requests.map(({ headers }) => headers["last-event-id"]), [undefined, "1"]);
});

test("page: a page cannot see another origin's header fields unless it exposes them", async () => {
  const hidden = await script(shared(streaming(":\n"), { "X-Answer": "42" }));
  const exposed = await script(
    shared(streaming(":\n"), { "X-Answer": "42", "Access-Control-Expose-Headers": "X-Answer" }),
  );
  const seen: unknown[] = [];
  for (const { otherUrl } of [hidden, exposed]) {
    const source = new EventSource(otherUrl);
    seen.push((await nextOpen(source)).headers?.get("x-answer"));
    source.close();
  }
  assertEquals(seen, [null, "42"]);
});

test("page: cookies go to another origin with withCredentials alone, and if it allows them", async () => {
  // Ports are of no account to cookies: this one is the other server's, too.
  document.cookie = "session=7";
  const allowed = {
    "Access-Control-Allow-Origin": config.server,
    "Access-Control-Allow-Credentials": "true",
  };
  const open = await script(shared(streaming("data: a\n\n"), allowed));
  assertEquals(await outcome(open.otherUrl), "a");
  assertEquals(await outcome(open.otherUrl, { withCredentials: true }), "a");
  const requests = await open.requests(2);
  assertEquals(requests.map(({ headers }) => headers["cookie"]), [undefined, "session=7"]);
  const anonymous = await script(shared(streaming("data: a\n\n")));
  assertEquals(await outcome(anonymous.otherUrl, { withCredentials: true }), "network undefined");
  const own = await script(streaming("data: a\n\n"));
  assertEquals(await outcome(own.url), "a");
  assertEquals((await own.requests(1))[0]?.headers["cookie"], "session=7");
  document.cookie = "session=; Max-Age=0";
});

test("page: a page cannot keep its header fields from following a redirect, Authorization aside", async () => {
  const target = await script(shared(streamingBehind("data: a\n\n")));
  const server = await script({ status: 302, headers: { Location: target.otherUrl } });
  const source = new EventSource(server.url, {
    headers: { "X-Api-Key": "k", Authorization: "Bearer x" },
  });
  const [open] = await Promise.all([nextOpen(source), messages(source, 1)]);
  source.close();
  assertEquals([open.url, open.redirected], [target.otherUrl, true]);
  const [request] = await target.requests(1);
  assertEquals([request?.headers["x-api-key"], request?.headers["authorization"]], [
    "k",
    undefined,
  ]);
});

test("page: a page cannot learn where a redirect led that was not followed", async () => {
  const hop = { status: 302, headers: { Location: "?" } };
  for (
    const answers of [
      [{ status: 302, headers: { Location: "file:///etc/hosts" } }],
      [{ status: 302, headers: { Location: "ftp://localhost/" } }],
      [{ status: 302, headers: { Location: "http://a:b/" } }],
      [hop],
    ]
  ) {
    const server = await script(...answers);
    assertEquals(await outcome(server.url), "network undefined");
    await server.closed(1);
  }
  // The browser's limit is the standard's.
  const long = await script(...Array(20).fill(hop), streamingBehind("data: a\n\n"));
  assertEquals(await outcome(long.url), "a");
});

test("page: a page cannot send a stream over HTTP/1.1", async () => {
  const server = await script(streaming("data: a\n\n"));
  const init = { method: "POST", body: endedStreamOf("x") };
  if (engine !== "firefox") {
    assertEquals(await outcome(server.url, init), "network undefined");
  } else {
    // It would send the text "[object ReadableStream]".
    assertThrows(() => new EventSource(server.url, init), TypeError, "body cannot be a stream");
    const made = { ...init, body: () => endedStreamOf("x") };
    assertEquals(await outcome(server.url, made), "unsupported undefined");
  }
  assertEquals(await server.count(), 0);
});

test("page: a source is open with the head of the response, in Firefox with the first byte", async () => {
  const server = await script({ steps: [{ wait: 300 }, { write: ":\n" }] });
  const started = performance.now();
  const source = new EventSource(server.url);
  await nextOpen(source);
  source.close();
  const isLate = performance.now() - started >= 300;
  assertEquals(isLate, engine === "firefox");
});

test("page: close() ends the connection, in Firefox not one that a redirect led to", async () => {
  const target = await script({ steps: [{ write: "data: a\n\n" }, { wait: 1000 }, "end"] });
  const server = await script({ status: 302, headers: { Location: target.url } });
  const source = new EventSource(server.url);
  await messages(source, 1);
  const started = performance.now();
  source.close();
  await target.closed(1);
  assertEquals(performance.now() - started >= 800, engine === "firefox");
});

test("page: a source fails at a 401, in WebKit only once the body has ended", async () => {
  const server = await script({ status: 401, steps: [{ write: "a" }, { wait: 300 }, "end"] });
  const started = performance.now();
  const error = await firstError(server.url, {});
  assertEquals([error.reason, error.status], ["status", 401]);
  assertEquals(performance.now() - started >= 300, engine === "webkit");
});

test("page: WebKit lacks Symbol.dispose, and iteration of streams; that of sources works", async () => {
  const isThere = [Symbol.asyncIterator in ReadableStream.prototype, "dispose" in Symbol];
  assertEquals(isThere, engine === "webkit" ? [false, false] : [true, true]);
  const server = await script(streaming("data: a\n\n"));
  const source = new EventSource(server.url);
  for await (const { data } of source) {
    assertEquals(data, "a");
    break;
  }
  await server.closed(1);
});

test("page: a page cannot tell a head that was cut off from a response", async () => {
  const server = await script({ status: 200, headers: {}, unframed: true, steps: ["cut"] });
  assertEquals(await outcome(server.url), "content-type 200");
});

test("page: a page cannot hold more than six connections to a host over HTTP/1.1", async () => {
  const server = await script(streaming("data: a\n\n"));
  const sources = Array.from({ length: 7 }, () => new EventSource(server.url));
  // The log is a connection of its own, and would wait too.
  const those = (state: number) => sources.filter(({ readyState }) => readyState === state);
  await until(
    () => `six are open: ${those(EventSource.OPEN).length}`,
    () => those(EventSource.OPEN).length === 6,
  );
  await delay(100);
  const waiting = those(EventSource.CONNECTING);
  assertEquals(waiting.length, 1);
  those(EventSource.OPEN)[0]?.close();
  await nextOpen(waiting[0]!);
  for (const source of sources) source.close();
  await server.closed(7);
});

test("page: a URL is relative to the page's base", () => {
  const fetch = () => new Promise<Response>(() => {});
  const plain = new EventSource("events?a", { fetch });
  assertEquals(plain.url, `${config.server}/events?a`);
  const base = document.createElement("base");
  base.href = "http://base.example/folder/";
  document.head.append(base);
  const based = new EventSource("events?a", { fetch });
  base.remove();
  assertEquals(based.url, "http://base.example/folder/events?a");
  for (const source of [plain, based]) source.close();
});

test("page: events are not the browser's own, and say so", async () => {
  const source = new EventSource("data:text/event-stream,data:a%0A%0A");
  const [message] = await messages(source, 1);
  source.close();
  assert(message instanceof MessageEvent && !message.isTrusted);
});

test("page: an element named baseURI is not taken for the page's base", () => {
  const elements = ["img", "form", "iframe", "img"].map((tag) => {
    const element = document.createElement(tag);
    element.setAttribute("name", "baseURI");
    document.head.append(element);
    return element;
  });
  const source = new EventSource("events");
  source.close();
  for (const element of elements) element.remove();
  assertEquals(source.url, new URL("events", config.server).href);
});
