import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type AttemptContext,
  EventSource,
  type EventSourceInit,
  type HeadersInput,
} from "@x/eventsource";
import { config, delay, engine, isNodeHttp, runtimeFamily, test, until } from "./harness.ts";
import { ending, script, streaming } from "./scripted.ts";
import { endedStreamOf, fakeFetch, messages, nextError, nextOpen, streamOf } from "./sources.ts";

/** The header fields of the first request of a source. */
async function sent(init: EventSourceInit): Promise<Readonly<Record<string, string>>> {
  const server = await script(streaming());
  const source = new EventSource(server.url, init);
  const [request] = await server.requests(1);
  source.close();
  await server.closed(1);
  return request!.headers;
}

test("headers: every request says what it accepts, and that no cache will do", async () => {
  const headers = await sent({});
  assertEquals([headers["accept"], headers["cache-control"]], ["text/event-stream", "no-cache"]);
  assertEquals(headers["last-event-id"], undefined);
});

test("headers: every request asks for no compression, unless the user says otherwise", async () => {
  assertEquals((await sent({}))["accept-encoding"], "identity");
  const given = await sent({ headers: { "Accept-Encoding": "br" } });
  assertEquals(given["accept-encoding"], "br");
}, { skip: { browser: "sets it by itself, and lets no script" } });

test(
  "headers: every request names what sends it, and the user's name wins, on other origins too",
  async () => {
    assert((await sent({}))["user-agent"], "many gateways refuse requests without");
    const target = await script(streaming("data: a\n\n"));
    const server = await script({ status: 302, headers: { Location: target.otherUrl } });
    const source = new EventSource(server.url, { headers: { "User-Agent": "mine/1" } });
    await messages(source, 1);
    source.close();
    for (const { headers } of [...await server.requests(1), ...await target.requests(1)]) {
      assertEquals(headers["user-agent"], "mine/1");
    }
  },
  { skip: { browser: "names itself" } },
);

test("headers: are sent, whatever form they have", async () => {
  const forms: EventSourceInit["headers"][] = [
    { Authorization: "Bearer x", Cookie: "a=b", "X-Latin": "\u00E9" },
    [["Authorization", "Bearer x"], ["Cookie", "a=b"], ["X-Latin", "\u00E9"]],
    new Headers({ Authorization: "Bearer x", Cookie: "a=b", "X-Latin": "\u00E9" }),
    new Map([["Authorization", "Bearer x"], ["Cookie", "a=b"], ["X-Latin", "\u00E9"]]),
    () => ({ Authorization: "Bearer x", Cookie: "a=b", "X-Latin": "\u00E9" }),
    () =>
      Promise.resolve([["Authorization", "Bearer x"], ["Cookie", "a=b"], ["X-Latin", "\u00E9"]]),
  ];
  for (const form of forms) {
    const headers = await sent({ headers: form });
    // A page cannot set Cookie: see tests/browser/page_rules.ts.
    const cookie = runtimeFamily === "browser" ? undefined : "a=b";
    assertEquals([headers["authorization"], headers["cookie"]], ["Bearer x", cookie]);
    // Workers encode header values as UTF-8 by themselves.
    assert(["\xE9", "\xC3\xA9"].includes(headers["x-latin"] ?? ""), headers["x-latin"]);
  }
});

test("headers: the user's Accept and Cache-Control win", async () => {
  const headers = await sent({ headers: { ACCEPT: "text/x", "cache-control": "max-age=0" } });
  assertEquals([headers["accept"], headers["cache-control"]], ["text/x", "max-age=0"]);
});

test("headers: values that have a text are sent as that", async () => {
  const given = { "X-A": 5, "X-B": true, "X-C": ["a", "b"], "X-D": new URL("http://a/") };
  const headers = await sent({ headers: given as unknown as Record<string, string> });
  assertEquals(["x-a", "x-b", "x-c", "x-d"].map((name) => headers[name]), [
    "5",
    "true",
    "a,b",
    "http://a/",
  ]);
});

test("headers: several values of one name are all sent", async () => {
  const headers = await sent({ headers: [["X-A", "1"], ["x-a", "2"]] });
  assertEquals(headers["x-a"]?.replace(/, ?/, ","), "1,2");
});

test("headers: are copied when the source is made", async () => {
  const given: Record<string, string> = { "X-A": "1" };
  const { fetch, calls } = fakeFetch(() => endedStreamOf("retry: 1\n\n"), () => streamOf());
  const source = new EventSource("http://localhost/", { fetch, headers: given });
  given["X-A"] = "2";
  await until("there are two requests", () => calls.length === 2);
  assertEquals(calls.map(({ headers }) => headers.get("x-a")), ["1", "1"]);
  source.close();
});

test("headers: a character that no header can carry is refused at once, and not shown", () => {
  for (const character of ["\0", "\x01", "\n", "\x1F", "\x7F"]) {
    const { message } = assertThrows(
      () => new EventSource("http://localhost/", { headers: { A: `s3cret${character}s3cret` } }),
      TypeError,
      'header "A" has an invalid character',
    );
    assert(!message.includes("s3cret"), message);
  }
});

test("headers: an invalid name is shown up to its first invalid character", async () => {
  const name = "Authorization: Bearer s3cret";
  for (const value of ["", "x", {}, "\u20AC"]) {
    const headers = { [name]: value as string };
    const { message } = assertThrows(
      () => new EventSource("http://localhost/", { headers }),
      TypeError,
    );
    const text = 'header "Authorization" has an invalid character';
    assertEquals(message, `Cannot construct EventSource: ${text}`);
    const met = await nextError(
      new EventSource("http://localhost/", { headers: () => headers, reconnection: false }),
    );
    assert(met.message.includes(text) && !met.message.includes("s3cret"), met.message);
  }
});

test("headers: a name that is no token is refused at once", () => {
  for (const name of ["", " ", "a b", "a:", "a\0", "a\n", "\xE9", "a\u20AC"]) {
    const { message } = assertThrows(
      () => new EventSource("http://localhost/", { headers: { [name]: "s3cret" } }),
      TypeError,
      "has an invalid character",
    );
    assert(!message.includes("s3cret"), message);
  }
});

test("headers: a value that is no bytes is refused at once, and not shown", () => {
  const { message } = assertThrows(
    () => new EventSource("http://localhost/", { headers: { A: "s3cret\u20AC" } }),
    TypeError,
    'header "A" has an invalid character',
  );
  assert(!message.includes("s3cret"), message);
}, { skip: { workerd: "its Headers hold text, not bytes" } });

test("headers: spaces around a value are cut, and a million in it cost nothing", async () => {
  const spaces = " ".repeat(1_000_000);
  const { fetch, calls } = fakeFetch(() => streamOf());
  const source = new EventSource("http://localhost/", {
    headers: { "X-A": `${spaces}a${spaces}b\t\r\n`, "X-B": spaces },
    fetch,
  });
  await delay(0);
  assertEquals(calls[0]?.headers.get("x-a"), `a${spaces}b`);
  assertEquals(calls[0]?.headers.get("x-b"), "");
  source.close();
});

test("headers: what is undefined or null, a member or what a function returns, adds no field", async () => {
  const fields: HeadersInput = { "X-A": "1", "X-B": undefined, "X-C": null, "Last-Event-ID": null };
  const pairs = [["X-A", "1"], ["X-B", undefined]] as unknown as [string, string][];
  const given: readonly (readonly [EventSourceInit["headers"], string[]])[] = [
    [fields, ["x-a"]],
    [() => fields, ["x-a"]],
    [() => Promise.resolve(fields), ["x-a"]],
    [pairs, ["x-a"]],
    [() => undefined, []],
    [() => Promise.resolve(undefined), []],
  ];
  for (const [headers, sent] of given) {
    const { fetch, calls } = fakeFetch(() => streamOf());
    const source = new EventSource("http://localhost/", { headers, fetch });
    await nextOpen(source);
    const names = [...calls[0]!.headers.keys()];
    assertEquals(names.filter((name) => /^(x-|last-event-id)/.test(name)), sent);
    source.close();
  }
});

test("headers: a function is called for each attempt, with what it needs to know", async () => {
  const server = await script(
    ending("retry: 1\nid: 7\ndata: a\n\n"),
    { steps: [{ write: "data: b\n\n" }, "hold", "cut"] },
    streaming("data: c\n\n"),
  );
  const contexts: AttemptContext[] = [];
  const source = new EventSource(server.url, {
    headers: async (context) => {
      contexts.push(context);
      await delay(1);
      return { Authorization: `Bearer ${contexts.length}` };
    },
  });
  const received = messages(source, 3);
  await messages(source, 2);
  await server.proceed();
  await received;
  const requests = await server.requests(3);
  assertEquals(requests.map(({ headers }) => headers["authorization"]), [
    "Bearer 1",
    "Bearer 2",
    "Bearer 3",
  ]);
  assertEquals(contexts.map(({ attempt, lastEventId }) => [attempt, lastEventId]), [
    [0, ""],
    [1, "7"],
    [1, "7"],
  ]);
  assertEquals(contexts.map(({ error }) => [error?.reason, error?.status]), [
    [undefined, undefined],
    ["closed", 200],
    // WebKit takes a cut for an end.
    [engine === "webkit" ? "closed" : "network", 200],
  ]);
  source.close();
});

test("headers: a function that fails, or returns nonsense, is a failed attempt", async () => {
  const wrong: [() => unknown, string][] = [
    [() => {
      throw new Error("no token");
    }, "no token"],
    [() => Promise.reject(new Error("no token")), "no token"],
    [() => 5, "Cannot get the headers: headers must be a record, pairs or Headers"],
    [() => ({ Authorization: Symbol() }), '"Authorization" must be text, got symbol'],
    [() => ({ "X-A": "s3cret\n\r x" }), 'header "X-A"'],
  ];
  for (const [headers, expected] of wrong) {
    const { fetch, calls } = fakeFetch(() => streamOf());
    const source = new EventSource("http://localhost/", {
      fetch,
      headers: headers as () => Record<string, string>,
    });
    const error = await nextError(source);
    assertEquals([error.reason, source.readyState, calls.length], ["request", 0, 0]);
    assert(error.message.includes(expected) && !error.message.includes("s3cret"), error.message);
    source.close();
  }
});

test("headers: a function that is still busy when the source is closed sends nothing", async () => {
  const { fetch, calls } = fakeFetch(() => streamOf());
  let give = (_: undefined): void => {};
  const source = new EventSource("http://localhost/", {
    fetch,
    headers: () => new Promise((resolve) => give = resolve),
  });
  await delay(1);
  source.close();
  give(undefined);
  await delay(1);
  assertEquals(calls.length, 0);
});

/** The euro sign in UTF-8; WebKit takes each byte for a character, and encodes it again. */
const SENT_EURO = engine === "webkit" ? "\xC3\xA2\xC2\x82\xC2\xAC" : "\xE2\x82\xAC";

test("Last-Event-ID: an initial one comes from the option or the headers, until the stream sets one", async () => {
  const inits: EventSourceInit[] = [
    { lastEventId: "5 \u20AC" },
    { headers: { "Last-Event-ID": "5 \u20AC" } },
    { headers: [["last-event-id", "5 \u20AC"]] },
    { headers: () => ({ "Last-Event-Id": "5 \u20AC" }) },
    { headers: { "Last-Event-ID": "6" }, lastEventId: "5 \u20AC" },
    { headers: () => ({ "Last-Event-ID": "6" }), lastEventId: "5 \u20AC" },
  ];
  for (const init of inits) {
    const server = await script(
      ending("retry: 1\ndata: a\n\n"),
      ending("id: 7\ndata: b\n\n"),
      ending("id:\ndata: c\n\n"),
      streaming("data: d\n\n"),
    );
    const source = new EventSource(server.url, init);
    if (typeof init.headers !== "function") assertEquals(source.lastEventId, "5 \u20AC");
    const received = await messages(source, 4);
    assertEquals(received.map(({ lastEventId }) => lastEventId), ["5 \u20AC", "7", "", ""]);
    const requests = await server.requests(4);
    const ids = requests.map(({ headers }) => headers["last-event-id"]);
    assertEquals(ids, [`5 ${SENT_EURO}`, `5 ${SENT_EURO}`, "7", undefined]);
    source.close();
  }
});

test("Last-Event-ID: one in a Headers object is bytes, which are UTF-8", async () => {
  const headers = new Headers({ "Last-Event-ID": "\xE2\x82\xAC" });
  const source = new EventSource(config.refused, { headers });
  assertEquals(source.lastEventId, "\u20AC");
  source.close();
  assertEquals((await sent({ headers }))["last-event-id"], SENT_EURO);
}, { skip: { workerd: "its Headers hold text, not bytes" } });

test("Last-Event-ID: one of more than 64 KiB is left out, and the connection goes on", async () => {
  const most = "x".repeat(65_536);
  // Of UTF-8, not of characters.
  for (const id of [`${most}x`, "\u20AC".repeat(21_846), "x".repeat(16_000_000)]) {
    const { fetch, calls } = fakeFetch(
      () => endedStreamOf(`retry: 1\nid: ${id}\ndata: a\n\n`),
      () => streamOf("data: b\n\n"),
    );
    const source = new EventSource("http://localhost/", { fetch });
    await messages(source, 2);
    assertEquals(calls.map(({ headers }) => headers.get("last-event-id")), [null, null]);
    assertEquals(source.lastEventId.length, id.length);
    source.close();
  }
  const { fetch, calls } = fakeFetch(() => streamOf("data: b\n\n"));
  const source = new EventSource("http://localhost/", { fetch, lastEventId: most });
  await messages(source, 1);
  assertEquals(calls[0]?.headers.get("last-event-id"), most);
  source.close();
});

test("Last-Event-ID: is encoded once, however many attempts and redirects carry it", async () => {
  const id = "\u20AC 7";
  let encoded = 0;
  const { encode } = TextEncoder.prototype;
  TextEncoder.prototype.encode = function (text) {
    if (text === id) encoded++;
    return encode.call(this, text);
  };
  try {
    const redirect = { status: 302, headers: { Location: "?" }, steps: ["end" as const] };
    const server = await script(
      redirect,
      ending("retry: 1\n"),
      redirect,
      ending(""),
      redirect,
      streaming("data: a\n\n"),
    );
    const source = new EventSource(server.url, { lastEventId: id });
    await messages(source, 1);
    source.close();
    const requests = await server.requests(6);
    assertEquals(
      requests.map(({ headers }) => headers["last-event-id"]),
      Array(6).fill("\xE2\x82\xAC 7"),
    );
  } finally {
    TextEncoder.prototype.encode = encode;
  }
  assertEquals(encoded, 1);
}, { skip: { browser: "follows redirects by itself, one preflight each" } });

test("userinfo: becomes Authorization, and is in nothing else", async () => {
  const server = await script(streaming("data: a\n\n"));
  const url = server.url.replace("://", "://us%C3%A9r:p%40ss@");
  const source = new EventSource(url);
  const [open, [message]] = await Promise.all([nextOpen(source), messages(source, 1)]);
  const [request] = await server.requests(1);
  const expected = btoa(String.fromCharCode(...new TextEncoder().encode("us\u00E9r:p@ss")));
  assertEquals(request?.headers["authorization"], `Basic ${expected}`);
  assert(!open.url.includes("@") && !message?.origin.includes("@"));
  assertEquals(source.url, url);
  source.close();

  const given = await script(streaming());
  const other = new EventSource(given.url.replace("://", "://user:pass@"), {
    headers: { authorization: "Bearer x" },
  });
  assertEquals((await given.requests(1))[0]?.headers["authorization"], "Bearer x");
  other.close();
});

test("userinfo: a user name alone is sent, and so is a password", async () => {
  for (const [userinfo, credentials] of [["us3r", "us3r:"], [":s3cret", ":s3cret"]] as const) {
    const server = await script(streaming());
    const source = new EventSource(server.url.replace("://", `://${userinfo}@`));
    const [request] = await server.requests(1);
    source.close();
    assertEquals(request?.headers["authorization"], `Basic ${btoa(credentials)}`);
  }
});

test("userinfo: is in no message", async () => {
  const refused = await script({ status: 404, steps: ["end"] });
  for (
    const url of [
      config.refused.replace("://", "://us3r:s3cret@"),
      refused.url.replace("://", "://us3r:s3cret@"),
    ]
  ) {
    const source = new EventSource(url);
    const { error } = await nextError(source);
    assert(!/s3cret|us3r/.test(`${error.message} ${error.stack} ${error.cause}`), error.message);
    source.close();
  }
});

test("headers: Host is the user's to set over node:http", async () => {
  const headers = await sent({ headers: { Host: "feed.example" } });
  assertEquals(headers["host"], "feed.example");
}, {
  skip: isNodeHttp ? {} : { [runtimeFamily]: "its fetch sets it by itself" },
});
