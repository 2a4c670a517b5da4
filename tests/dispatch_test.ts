import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  EventSource,
  EventSourceError,
  EventSourceErrorEvent,
  EventSourceOpenEvent,
} from "@x/eventsource";
import { runtimeFamily, test } from "./harness.ts";
import { endedStreamOf, messages, nextError, streamOf } from "./sources.ts";

const UNCAUGHT =
  "the runtime's test runner takes the uncaught exception for a failure: see tests/host";

/** Whether the runtime lets a script say that its events are the runtime's. */
const setsTrusted = runtimeFamily !== "bun" && runtimeFamily !== "browser";

/** Everything that a source over this text does, until its end. */
async function follow(text: string, listen: (source: EventSource) => void): Promise<EventSource> {
  const source = EventSource.fromReadableStream(endedStreamOf(text));
  listen(source);
  const ended = new Promise<void>((resolve) => {
    source.addEventListener("error", (event) => {
      if (event instanceof EventSourceErrorEvent) resolve();
    });
  });
  await ended;
  return source;
}

test("handlers: are called once per event, with the source as this", async () => {
  const calls: unknown[] = [];
  const source = await follow("data: a\n\nevent: x\ndata: b\n\n", (source) => {
    source.onopen = function (this: unknown, event) {
      calls.push([this, event.type, event.target, event.currentTarget]);
    };
    source.onmessage = function (this: unknown, event) {
      calls.push([this, event.type, event.target, event.currentTarget]);
    };
  });
  assertEquals(calls.length, 2);
  assertEquals(calls, [[source, "open", source, source], [source, "message", source, source]]);
});

test("handlers: keep the position where they last became non-null", async () => {
  const order: string[] = [];
  await follow("data: a\n\n", (source) => {
    source.addEventListener("message", () => order.push("first"));
    source.onmessage = () => order.push("replaced");
    source.addEventListener("message", () => order.push("second"));
    source.onmessage = () => order.push("handler");
  });
  assertEquals(order, ["first", "handler", "second"]);

  order.length = 0;
  await follow("data: a\n\n", (source) => {
    source.onmessage = () => order.push("early");
    source.addEventListener("message", () => order.push("listener"));
    source.onmessage = null;
    source.onmessage = () => order.push("late");
  });
  assertEquals(order, ["listener", "late"]);
});

test("handlers: null removes, and what is no object counts as null", async () => {
  const called: string[] = [];
  await follow("data: a\n\n", (source) => {
    source.onmessage = () => called.push("message");
    source.onmessage = null;
    source.onopen = () => called.push("open");
    for (const value of [undefined, 5, "x", true]) {
      Reflect.set(source, "onopen", value);
      assertEquals(source.onopen, null);
    }
  });
  assertEquals(called, []);
});

test("handlers: an object is kept and never called", async () => {
  let calls = 0;
  const object = { handleEvent: () => calls++ };
  await follow("data: a\n\n", (source) => {
    Reflect.set(source, "onmessage", object);
    assertStrictEquals<unknown>(source.onmessage, object);
  });
  assertEquals(calls, 0);
});

test("handlers: one that removes itself or another is respected", async () => {
  const order: string[] = [];
  await follow("data: a\n\ndata: b\n\n", (source) => {
    source.addEventListener("message", () => {
      order.push("listener");
      source.onmessage = null;
    });
    source.onmessage = () => order.push("handler");
  });
  assertEquals(order, ["listener", "listener"]);
});

test("listeners: objects with handleEvent, once, and removal work", async () => {
  const order: string[] = [];
  await follow("data: a\n\ndata: b\n\n", (source) => {
    source.addEventListener("message", { handleEvent: ({ data }) => order.push(`object ${data}`) });
    source.addEventListener("message", () => order.push("once"), { once: true });
    const removed = () => order.push("removed");
    source.addEventListener("message", removed);
    source.removeEventListener("message", removed);
    source.addEventListener("message", null);
  });
  assertEquals(order, ["object a", "once", "object b"]);
});

test("listeners: an event type of the server's never calls a method", async () => {
  const called: string[] = [];
  class Child extends EventSource {
    onSecret(): void {
      called.push("method");
    }
    get onprice(): (() => void) | null {
      called.push("getter");
      return () => called.push("got");
    }
  }
  const source = new Child("http://localhost/", {
    fetch: () =>
      Promise.resolve(
        new Response(
          "event: Secret\ndata: a\n\nevent: price\ndata: b\n\nevent: own\ndata: c\n\ndata: d\n\n",
          { headers: { "Content-Type": "text/event-stream" } },
        ),
      ),
  });
  Object.assign(source, { onown: () => called.push("own") });
  const seen: unknown[] = [];
  for (const type of ["Secret", "price", "own"]) {
    source.addEventListener(type, ({ data }) => seen.push(data));
  }
  source.addEventListener("own", () => seen.push(typeof Reflect.get(source, "onown")));
  await messages(source, 1);
  source.close();
  assertEquals([called, seen], [[], ["a", "b", "c", "function"]]);
  assertEquals(Object.keys(source), ["onown"]);
});

test("listeners: events of the server called open and error reach handlers once, as messages", async () => {
  const seen: string[] = [];
  await follow("event: open\ndata: a\n\nevent: error\ndata: b\n\n", (source) => {
    source.onopen = (event) => seen.push(`open ${event.data} ${event instanceof MessageEvent}`);
    source.onerror = (event) => seen.push(`error ${event.data} ${event instanceof MessageEvent}`);
  });
  assertEquals(seen, [
    "open undefined false",
    "open a true",
    "error b true",
    "error undefined false",
  ]);
});

test("listeners: events that a script dispatches reach handlers once", () => {
  const source = EventSource.fromReadableStream(streamOf());
  const seen: string[] = [];
  source.onmessage = ({ type }) => seen.push(type);
  source.addEventListener("x", ({ type }) => seen.push(type));
  source.dispatchEvent(new MessageEvent("message", { data: "a" }));
  source.dispatchEvent(new Event("x"));
  assertEquals(seen, ["message", "x"]);
  source.close();
});

test("messages: are MessageEvents in every respect", async () => {
  const source = EventSource.fromReadableStream(streamOf("id: 7\ndata: a\n\n"));
  const event = (await messages(source, 1))[0]!;
  assert(event instanceof MessageEvent && event instanceof Event);
  assertEquals(String(event), "[object MessageEvent]");
  assertEquals(event.constructor, MessageEvent);
  assertEquals([event.type, event.data, event.lastEventId, event.origin], [
    "message",
    "a",
    "7",
    "null",
  ]);
  assertEquals([event.source, event.ports, Object.isFrozen(event.ports)], [null, [], true]);
  assertEquals([event.bubbles, event.cancelable, event.composed], [false, false, false]);
  assertEquals(event.isTrusted, setsTrusted);
  assert(event.timeStamp >= 0 && event.target === source);
  const listed = new Set<string>();
  for (const name in event) listed.add(name);
  assert(
    ["data", "origin", "lastEventId", "source", "ports", "type"].every((name) => listed.has(name)),
  );
  source.close();
});

test("messages: may be dispatched again by a script", async () => {
  const source = EventSource.fromReadableStream(streamOf("data: a\n\n"));
  const [event] = await messages(source, 1);
  const target = new EventTarget();
  const again = await new Promise<Event>((resolve) => {
    target.addEventListener("message", resolve);
    target.dispatchEvent(event!);
  });
  assertStrictEquals(again, event);
  source.close();
});

test("open and error events: are instances of their classes, and trusted", async () => {
  const source = EventSource.fromReadableStream(endedStreamOf());
  const seen: Event[] = [];
  source.onopen = (event) => seen.push(event);
  await nextError(source).then((event) => seen.push(event));
  const [open, error] = seen;
  assert(open instanceof EventSourceOpenEvent && !(open instanceof EventSourceErrorEvent));
  assert(error instanceof EventSourceErrorEvent && !(error instanceof MessageEvent));
  assertEquals([open?.isTrusted, error?.isTrusted], Array(2).fill(setsTrusted));
  assertEquals(
    [String(open), String(error)],
    ["[object EventSourceOpenEvent]", "[object EventSourceErrorEvent]"],
  );
});

test("events: the classes can be constructed, for tests of one's own", () => {
  const error = new EventSourceError("status", "m", { status: 401 });
  assertEquals([error.name, error.message, error.response], ["EventSourceError", "m", undefined]);
  const details = { error, delay: 1 };
  const event = new EventSourceErrorEvent("error", details);
  // An event does not change with the object that it was made from.
  details.delay = 2;
  assertEquals(
    [event.type, event.message, event.reason, event.status, event.code, event.response],
    ["error", "m", "status", 401, 401, undefined],
  );
  assertEquals([event.delay, event.willReconnect, event.attempt], [1, true, 1]);
  const open = new EventSourceOpenEvent("open", {
    status: 200,
    headers: undefined,
    url: "http://localhost/",
    redirected: true,
  });
  assertEquals([open.status, open.url, open.redirected], [200, "http://localhost/", true]);
});

test("a listener that throws does not end the connection", async () => {
  const source = EventSource.fromReadableStream(streamOf("data: a\n\n", "data: b\n\n"));
  // Before the one that throws: older Workers call none of those that follow it.
  const received = messages(source, 2);
  source.addEventListener("message", ({ data }) => {
    if (data === "a") throw new Error("thrown on purpose by a test");
  });
  assertEquals((await received).map(({ data }) => data), ["a", "b"]);
  source.close();
}, { skip: { deno: UNCAUGHT, node: UNCAUGHT, bun: UNCAUGHT } });
