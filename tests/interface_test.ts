import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { EventSource } from "@x/eventsource";
import { config, test } from "./harness.ts";
import { endedStreamOf, streamOf } from "./sources.ts";

const { prototype } = EventSource;

function make(init?: object): EventSource {
  return new EventSource("http://localhost/", { fetch: () => new Promise(() => {}), ...init });
}

test("interface: the constructor is an interface object", () => {
  assertEquals(EventSource.name, "EventSource");
  assertEquals(EventSource.length, 1);
  assertStrictEquals(Object.getPrototypeOf(EventSource), EventTarget);
  assertStrictEquals(Object.getPrototypeOf(prototype), EventTarget.prototype);
  assertStrictEquals(prototype.constructor, EventSource);
  assertEquals(Object.getOwnPropertyDescriptor(EventSource, "prototype")?.writable, false);
  assertEquals(Object.getOwnPropertyDescriptor(prototype, "constructor")?.enumerable, false);
  // @ts-expect-error: not a function to call
  assertThrows(() => EventSource("http://localhost/"), TypeError);
  // @ts-expect-error: an argument is missing
  assertThrows(() => new EventSource(), TypeError, "URL is missing");
});

test("interface: it names itself", () => {
  assertEquals(Object.getOwnPropertyDescriptor(prototype, Symbol.toStringTag), {
    value: "EventSource",
    writable: false,
    enumerable: false,
    configurable: true,
  });
  const source = make();
  assertEquals(String(source), "[object EventSource]");
  source.close();
});

test("interface: constants stand on the constructor and on the prototype, read-only", () => {
  for (const [name, value] of Object.entries({ CONNECTING: 0, OPEN: 1, CLOSED: 2 })) {
    for (const object of [EventSource, prototype]) {
      assertEquals(Object.getOwnPropertyDescriptor(object, name), {
        value,
        writable: false,
        enumerable: true,
        configurable: false,
      });
    }
  }
});

test("interface: attributes are accessors of the prototype", () => {
  for (
    const name of ["url", "withCredentials", "readyState", "lastEventId", "reconnectionTime"]
  ) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    assertEquals(
      [typeof descriptor?.get, descriptor?.set, descriptor?.enumerable, descriptor?.configurable],
      ["function", undefined, true, true],
      name,
    );
    assertEquals(descriptor?.get?.name, `get ${name}`);
    assertThrows(() => Reflect.get(prototype, name), TypeError);
  }
});

test("interface: event handler attributes are accessors of the prototype", () => {
  for (const name of ["onopen", "onmessage", "onerror"]) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    assertEquals(
      [
        typeof descriptor?.get,
        typeof descriptor?.set,
        descriptor?.enumerable,
        descriptor?.configurable,
      ],
      ["function", "function", true, true],
      name,
    );
  }
});

test("interface: operations are enumerable methods with the right length", () => {
  for (const name of ["close", "reset", "reconnect"]) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    assertEquals([descriptor?.enumerable, descriptor?.writable], [true, true], name);
    assertEquals([descriptor?.value.length, descriptor?.value.name], [0, name]);
  }
  const descriptor = Object.getOwnPropertyDescriptor(EventSource, "fromReadableStream");
  assertEquals(
    [descriptor?.enumerable, descriptor?.writable, descriptor?.value.length],
    [true, true, 1],
  );
  assertThrows(() => prototype.close.call({}), TypeError);
});

test("interface: for-in lists what a platform's EventSource lists", () => {
  const own = new Set(["onerror", "onmessage", "onopen", "url", "withCredentials", "readyState"]);
  const source = make();
  for (const name in source) own.delete(name);
  assertEquals([...own], []);
  source.close();
});

test("interface: nothing is found on an instance itself", () => {
  const source = make();
  source.onmessage = () => {};
  assertEquals(Object.keys(source), []);
  source.close();
});

test("interface: the symbol of eventsource 4 and 5 says that it takes a fetch", () => {
  const symbol = Symbol.for("eventsource.supports-fetch-override");
  assertEquals(Object.getOwnPropertyDescriptor(EventSource, symbol), {
    value: true,
    writable: false,
    enumerable: false,
    configurable: false,
  });
});

test("interface: Symbol.dispose closes", () => {
  // Not with "using", which the parsers of older runtimes do not know.
  const source = make();
  source[Symbol.dispose]();
  assertEquals(source.readyState, EventSource.CLOSED);
}, { skip: { "browser-webkit": "has no Symbol.dispose" } });

test("interface: it can be extended", () => {
  class Child extends EventSource {
    get answer(): number {
      return 42;
    }
  }
  const child = new Child("http://localhost/", { fetch: () => new Promise(() => {}) });
  assertEquals(child.answer, 42);
  assert(child instanceof EventSource && child instanceof EventTarget);
  child.close();
});

test("interface: attributes of a new source", () => {
  const source = make();
  assertEquals(
    [source.url, source.withCredentials, source.readyState, source.lastEventId],
    ["http://localhost/", false, 0, ""],
  );
  assertEquals(source.reconnectionTime, 3000);
  assertEquals([source.onopen, source.onmessage, source.onerror], [null, null, null]);
  source.close();
  assertEquals(make({ withCredentials: 1 }).withCredentials, true);
});

test("URL: is converted to a string", () => {
  const source = new EventSource(
    { toString: () => "http://localhost/a b" } as unknown as string,
    { fetch: () => new Promise(() => {}) },
  );
  assertEquals(source.url, "http://localhost/a%20b");
  source.close();
  const fromUrl = new EventSource(new URL("http://localhost/#f"), {
    fetch: () => new Promise(() => {}),
  });
  assertEquals(fromUrl.url, "http://localhost/#f");
  fromUrl.close();
  assertThrows(
    () =>
      new EventSource({
        toString: () => {
          throw new RangeError("mine");
        },
      } as unknown as URL),
    RangeError,
    "mine",
  );
});

test("URL: one that cannot be parsed throws a SyntaxError at once, and names it", () => {
  const error = assertThrows(() => new EventSource("http://invalid:port/"), DOMException);
  assertEquals([error.name, error.code], ["SyntaxError", 12]);
  assert(error.message.includes('"http://invalid:port/"'), error.message);
  const { message } = assertThrows(
    () => new EventSource("//a:b?token=s3cret#s3cret"),
    DOMException,
  );
  assert(message.includes('"//a:b"') && !message.includes("s3cret"), message);
});

test("URL: a password in one that cannot be parsed is not shown", () => {
  for (const url of ["http://user:s3cret@host:port/", "http://user:s3/cret@host"]) {
    const error = assertThrows(() => new EventSource(url), DOMException);
    assert(!/s3|cret|user/.test(error.message), error.message);
  }
});

test("URL: is relative to the document's base, else to the location", () => {
  const globals = globalThis as { document?: unknown; location?: unknown };
  const given = ["document", "location"].map((name) =>
    [name, Object.getOwnPropertyDescriptor(globals, name)] as const
  );
  const set = (name: string, value: unknown): void =>
    void Object.defineProperty(globals, name, { value, configurable: true, writable: true });
  try {
    set("document", undefined);
    set("location", undefined);
    const error = assertThrows(() => new EventSource("/events"), DOMException);
    assert(error.message.includes("must be absolute"), error.message);
    const bad = assertThrows(() => new EventSource("http://localhost:port/"), DOMException);
    assert(!bad.message.includes("absolute"), bad.message);
    set("location", { href: "http://localhost/folder/page" });
    const relative = new EventSource("events", { fetch: () => new Promise(() => {}) });
    assertEquals(relative.url, "http://localhost/folder/events");
    const empty = new EventSource("", { fetch: () => new Promise(() => {}) });
    assertEquals(empty.url, "http://localhost/folder/page");
    set("document", { baseURI: "http://base/" });
    const based = new EventSource("events", { fetch: () => new Promise(() => {}) });
    assertEquals(based.url, "http://base/events");
    for (const source of [relative, empty, based]) source.close();
  } finally {
    for (const [name, descriptor] of given) {
      if (descriptor === undefined) Reflect.deleteProperty(globals, name);
      else Object.defineProperty(globals, name, descriptor);
    }
  }
}, { skip: { browser: "has a document of its own: tests/browser/page_rules.ts" } });

test("init: wrong types are refused at once, by name", () => {
  const locked = new ReadableStream();
  locked.getReader();
  const wrong: [object, ErrorConstructor, string][] = [
    [{ fetch: 1 }, TypeError, "fetch must be a function, got number"],
    [{ onComment: "x" }, TypeError, "onComment must be a function, got string"],
    [{ lastEventId: 5 }, TypeError, "lastEventId must be a string, got number"],
    [
      { lastEventId: "7\n" },
      TypeError,
      "lastEventId has a line end or U+0000",
    ],
    [{ signal: {} }, TypeError, "signal must be an AbortSignal, got object"],
    [{ signal: { aborted: false } }, TypeError, "signal must be an AbortSignal, got object"],
    [{ maxBufferSize: "1" }, TypeError, "maxBufferSize must be a number, got string"],
    [
      { maxBufferSize: 0 },
      RangeError,
      "maxBufferSize must be a whole number from 1 to Infinity, got 0",
    ],
    [{ maxBufferSize: NaN }, RangeError, "got NaN"],
    [{ idleTimeout: "1" }, TypeError, "idleTimeout must be a number, got string"],
    [{ idleTimeout: -1 }, RangeError, "idleTimeout must be from 0 to Infinity, got -1"],
    [{ idleTimeout: NaN }, RangeError, "idleTimeout"],
    [{ reconnection: 1 }, TypeError, "reconnection must be an object or a boolean, got number"],
    [{ reconnection: null }, TypeError, "got null"],
    [{ url: "/events" }, TypeError, "url must be a function, got string"],
    [{ reconnection: { delay: -1 } }, RangeError, "reconnection.delay must be from 0"],
    [{ reconnection: { delay: Infinity } }, RangeError, "reconnection.delay must be"],
    [
      { reconnection: { delay: 5, maxDelay: 4 } },
      RangeError,
      "maxDelay must be from 5 to Infinity, got 4",
    ],
    [{ reconnection: { maxDelay: "5" } }, TypeError, "reconnection.maxDelay must be a number"],
    [{ reconnection: { factor: 0.9 } }, RangeError, "reconnection.factor must be from 1"],
    [{ reconnection: { jitter: 1.1 } }, RangeError, "reconnection.jitter must be from 0 to 1"],
    [{ reconnection: { stableAfter: -1 } }, RangeError, "reconnection.stableAfter"],
    [{ reconnection: { maxRetries: -1 } }, RangeError, "reconnection.maxRetries"],
    [{ reconnection: { when: true } }, TypeError, "reconnection.when must be a function"],
    [
      { reconnection: { maxRetry: 1 } },
      TypeError,
      'reconnection has no member "maxRetry" (did you mean reconnection.maxRetries?)',
    ],
    [{ reconnection: { attempts: 1 } }, TypeError, 'reconnection has no member "attempts"'],
    [{ method: 5 }, TypeError, "method must be a string"],
    [{ method: "a b" }, TypeError, 'method cannot be "a b"'],
    [{ method: "trace" }, TypeError, 'method cannot be "trace"'],
    [{ body: "x" }, TypeError, "a GET request cannot have a body"],
    [{ method: "head", body: "x" }, TypeError, "a head request cannot have a body"],
    [
      { method: "POST", body: { a: 1 } },
      TypeError,
      "body must be a BodyInit",
    ],
    [
      { method: "POST", body: null },
      TypeError,
      "body must be a BodyInit",
    ],
    [{ method: "POST", body: locked }, TypeError, "body is locked"],
    [
      { method: "POST", body: new ReadableStream(), reconnection: { when: () => true } },
      TypeError,
      "reconnection.when cannot repeat a stream",
    ],
    [{ headers: 1 }, TypeError, "EventSource: headers must be a record, pairs or Headers"],
    [{ headers: null }, TypeError, "got null"],
    [{ headers: "A: b" }, TypeError, "headers must be a record, pairs or Headers, got string"],
    [{ headers: Promise.resolve({}) }, TypeError, "pairs or Headers, got a promise"],
    [{ headers: [["a"]] }, TypeError, "pairs or Headers, got no pair"],
    [{ headers: [["a", "b", "c"]] }, TypeError, "pairs or Headers, got no pair"],
    [{ headers: { "bad name": "x" } }, TypeError, 'header "bad" has an invalid character'],
    // What these would be sent as helps nobody: the function's text, "[object Promise]".
    [{ headers: { a: () => "s3cret" } }, TypeError, 'header "a" must be text, got function'],
    [
      { headers: { a: Object.assign(() => {}, { toString: () => "() => {\n}" }) } },
      TypeError,
      'header "a" must be text, got function',
    ],
    [{ headers: { a: Promise.resolve("b") } }, TypeError, 'header "a" must be text, got object'],
    [{ headers: { a: { b: 1 } } }, TypeError, 'header "a" must be text, got object'],
    [{ headers: [["a", Symbol("b")]] }, TypeError, 'header "a" must be text, got symbol'],
  ];
  for (const [init, type, message] of wrong) {
    assertThrows(() => new EventSource("http://localhost/", init), type, message);
  }
  // @ts-expect-error: no object
  assertThrows(() => new EventSource("http://localhost/", 5), TypeError, "must be an object");
});

test("init: what is no number, or no whole one where only those make sense, is refused", () => {
  const makeWith = (name: string, value: unknown): EventSource => {
    const [first = "", second] = name.split(".");
    const init = second === undefined ? { [first]: value } : { [first]: { [second]: value } };
    return new EventSource("http://localhost/", {
      ...init,
      fetch: () => new Promise<never>(() => {}),
    });
  };
  const milliseconds = ["idleTimeout", "reconnection.delay", "reconnection.stableAfter"];
  const factors = ["reconnection.maxDelay", "reconnection.factor", "reconnection.jitter"];
  const whole = ["maxBufferSize", "reconnection.maxRetries"];
  for (const name of [...milliseconds, ...factors, ...whole]) {
    for (const value of [5n, "5", "", true, null, Symbol("5"), [5], {}, new Date(5)]) {
      const got = value === null ? "null" : typeof value;
      assertThrows(() => makeWith(name, value), TypeError, `${name} must be a number, got ${got}`);
    }
    assertThrows(() => makeWith(name, NaN), RangeError, `${name} must be `);
    assertThrows(() => makeWith(name, -Infinity), RangeError, `${name} must be `);
  }
  for (const name of whole) {
    for (const value of [1.5, 1e-9 + 1]) {
      assertThrows(
        () => makeWith(name, value),
        RangeError,
        `${name} must be a whole number from`,
      );
    }
    for (const value of [1, 2 ** 60, Infinity]) makeWith(name, value).close();
  }
  for (const name of milliseconds) makeWith(name, -0).close();
  makeWith("reconnection.maxRetries", -0).close();
});

test("init: a bad header value is refused without being shown", () => {
  for (const value of ["s3cret\r\nX: y", "s3cret\0", "s3cret\n\tz", "\u20ACs3cret\ny"]) {
    for (const name of ["X-Api-Key", "Last-Event-ID"]) {
      const error = assertThrows(
        () => new EventSource("http://localhost/", { headers: { [name]: value } }),
        TypeError,
        `header "${name}"`,
      );
      assert(!error.message.includes("s3cret") && error.cause === undefined);
    }
  }
});

test("init: null, undefined and unknown members are ignored", () => {
  for (const init of [null, undefined, {}, { foo: 1, headers: undefined, signal: undefined }]) {
    const source = new EventSource(config.refused, init);
    source.close();
  }
});

test("fromReadableStream: wrong arguments throw at once", () => {
  for (const wrong of [undefined, null, "data: x\n\n", {}, new Response("x")]) {
    assertThrows(
      () => EventSource.fromReadableStream(wrong as ReadableStream<Uint8Array>),
      TypeError,
      "must be a ReadableStream",
    );
  }
  const stream = streamOf();
  stream.getReader();
  assertThrows(() => EventSource.fromReadableStream(stream), TypeError, "locked");
  const once = endedStreamOf("data: a\n\n");
  const source = EventSource.fromReadableStream(once);
  assertEquals(once.locked, true);
  assertThrows(() => EventSource.fromReadableStream(once), TypeError, "locked");
  source.close();
});

test("fromReadableStream: attributes of a new source", () => {
  const source = EventSource.fromReadableStream(streamOf());
  assertEquals(
    [source.url, source.withCredentials, source.readyState, source.lastEventId],
    ["about:event-stream", false, 0, ""],
  );
  assert(source instanceof EventSource);
  source.close();
});

test("a URL of about:event-stream does not make a stream-backed source", () => {
  const source = new EventSource("about:event-stream");
  assertEquals(source.readyState, EventSource.CONNECTING);
  source.close();
});
