/** What runtimes do beneath a source, and what holds all the same. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { EventSource, EventSourceErrorEvent, type EventSourceInit } from "@x/eventsource";
import { config, isNodeHttp, runtimeFamily, test, until } from "./harness.ts";
import { script, streaming } from "./scripted.ts";
import { either, firstOf, messages, nextError, nextOpen } from "./sources.ts";

const { http2 } = config.tls;

const NO_TLS = {
  workerd: "trusts another CA by its configuration alone",
  browser: "trusts CAs by its profile",
};

/** The event of a failure; it throws if it is none. */
function failure(event: Event, otherwise: string): EventSourceErrorEvent {
  if (event instanceof EventSourceErrorEvent) return event;
  throw new Error(otherwise);
}

for (const method of ["GET", "POST", "PUT", "PATCH"]) {
  test(`ground: a ${method} whose kept connection closes unanswered is sent once`, async () => {
    const server = await script(
      { kept: true, steps: [{ write: "data: a\n\n" }, "end"] },
      { dropped: true },
      streaming("data: b\n\n"),
    );
    const init: EventSourceInit = {
      method,
      reconnection: false,
      ...(method === "GET" ? {} : { body: "order" }),
    };
    const first = new EventSource(server.url, init);
    assertEquals((await nextError(first)).reason, "closed");
    const second = new EventSource(server.url, init);
    const event = await either(second, "message", "error");
    second.close();
    const { reason } = failure(event, "the request has been sent again");
    assertEquals([reason, await server.count()], ["network", 2]);
  }, {
    skip: {
      browser: "a browser repeats requests by rules of its own",
      ...(method === "GET" ? { workerd: "sends a GET again by itself" } : {}),
    },
  });
}

test("ground: no connection is kept, whatever the options", async () => {
  for (const init of [{}, { https: { ca: config.tls.ca } }]) {
    const server = await script({ kept: true, steps: [{ write: "data: a\n\n" }, "end"] });
    // It is not closed meanwhile: that would close what it keeps.
    const source = new EventSource(server.url, { ...init, reconnection: { delay: 60_000 } });
    assertEquals((await nextError(source)).reason, "closed");
    await server.closed(1);
    source.close();
  }
}, {
  skip: {
    browser: "keeps connections",
    workerd: "keeps connections",
    "node-fetch": "keeps connections",
  },
});

/** A path to the server of HTTP/2, and what has all die that runs through it now. */
async function relay(): Promise<{ url: string; freeze: () => Promise<void> }> {
  const url = await (await fetch(`${http2.control}/relay`)).json();
  return {
    url,
    freeze: async () =>
      void await (await fetch(`${http2.control}/freeze?${new URL(url).port}`))
        .json(),
  };
}

test("ground: a path that dies without a word is left by the next attempt", async () => {
  const { url, freeze } = await relay();
  const source = new EventSource(url, { idleTimeout: 1000, reconnection: { delay: 1 } });
  await messages(source, 1);
  await freeze();
  assertEquals((await nextError(source)).reason, "idle");
  await messages(source, 1);
  source.close();
}, { skip: NO_TLS });

test("ground: a path that dies without a word is left by reconnect() and new sources", async () => {
  const { url, freeze } = await relay();
  const source = new EventSource(url);
  await messages(source, 1);
  await freeze();
  source.reconnect();
  const other = new EventSource(url);
  await Promise.all([nextOpen(source), nextOpen(other)]);
  source.close();
  other.close();
}, { skip: NO_TLS });

test("ground: a server's limit of HTTP/2 streams keeps no source waiting", async () => {
  const sources = Array.from({ length: 5 }, () => new EventSource(http2.url));
  await Promise.all(sources.map((source) => nextOpen(source)));
  for (const source of sources) source.close();
}, { skip: NO_TLS });

test(
  "ground: a source beyond Bun's limit of requests says so, and opens once there is room",
  async () => {
    // The log of a script is not asked for meanwhile: that is a request like any other.
    const { url } = await script(streaming(": open\n"));
    const sources = Array.from({ length: 256 }, () => new EventSource(url));
    const isOpen = ({ readyState }: EventSource) => readyState === EventSource.OPEN;
    try {
      await until("256 sources are open", () => sources.every(isOpen));
      const last = new EventSource(url, { reconnection: { delay: 50, factor: 1 } });
      sources.push(last);
      const event = await either(last, "open", "error");
      if (runtimeFamily === "bun" && !isNodeHttp) {
        const { reason, willReconnect, message } = failure(event, "it has a place");
        assertEquals([reason, willReconnect], ["network", true]);
        assertMatch(message, /: Bun makes 256 requests at a time, .*BUN_CONFIG_MAX_HTTP_REQUESTS/);
        for (const source of sources.splice(0, 32)) source.close();
        await nextOpen(last);
      }
    } finally {
      // As long as they are open, Bun lets every request of the tests after this one wait.
      for (const source of sources) source.close();
    }
  },
  { skip: { browser: "has six connections for an origin", workerd: "has a limit of its own" } },
);

const BUN_ALONE = runtimeFamily === "bun" && !isNodeHttp
  ? {}
  : { skip: { [runtimeFamily]: "is about Bun's fetch" } };

/** Runs a test where Bun seems to make fewer requests at a time; Bun itself has read it at its start. */
async function withPlaces(count: number, run: () => Promise<void>): Promise<void> {
  const { env } = (globalThis as unknown as { Bun: { env: Record<string, string> } }).Bun;
  env["BUN_CONFIG_MAX_HTTP_REQUESTS"] = String(count);
  await run().finally(() => delete env["BUN_CONFIG_MAX_HTTP_REQUESTS"]);
}

test("ground: an attempt with redirects takes one of Bun's places", async () => {
  const { url } = await script(streaming(": open\n"));
  const server = await script(
    { status: 307, headers: { Location: "?1" } },
    streaming("data: a\n\n"),
  );
  const sources: EventSource[] = [];
  await withPlaces(64, async () => {
    for (let type = "open"; type === "open";) {
      const source = new EventSource(url, { reconnection: false });
      type = (await either(source, "open", "error")).type;
      if (type === "open") sources.push(source);
    }
    sources.pop()?.close();
    const last = new EventSource(server.url, { reconnection: false });
    sources.push(last);
    assertEquals((await either(last, "message", "error")).type, "message");
  }).finally(() => sources.forEach((source) => source.close()));
}, BUN_ALONE);

test("ground: a rejected response that a listener reads keeps none of Bun's places", async () => {
  const refusing = await script({ status: 401, steps: [{ write: "a" }, { wait: 20 }, "end"] });
  const server = await script(streaming("data: a\n\n"));
  // The collection of garbage would free the places too.
  const signals: AbortSignal[] = [];
  const headers: EventSourceInit["headers"] = ({ signal }) => {
    signals.push(signal);
    return {};
  };
  await withPlaces(4, async () => {
    for (let count = 0; count < 4; count++) {
      const text = await new Promise<string | undefined>((resolve) => {
        const source = new EventSource(refusing.url, { headers });
        source.onerror = ({ response }) => resolve(response?.text());
      });
      assertEquals(text, "a");
    }
    assertEquals((await firstOf(server.url, { reconnection: false })).type, "message");
  });
  assertEquals(signals.map(({ aborted }) => aborted), [false, false, false, false]);
}, BUN_ALONE);

test("ground: Bun is told to send a request once, and to wait as long as it takes", async () => {
  const server = await script(streaming("data: a\n\n"));
  const { fetch } = globalThis;
  const asked: unknown[] = [];
  globalThis.fetch = Object.assign((...[url, init]: Parameters<typeof fetch>) => {
    if (url === server.url) asked.push(Reflect.get(init!, "timeout"), init?.keepalive);
    return fetch(url, init);
  }, fetch);
  const source = new EventSource(server.url);
  await nextOpen(source).finally(() => globalThis.fetch = fetch);
  source.close();
  assertEquals(asked, [false, false]);
}, BUN_ALONE);

test("ground: what somebody has put on Object.prototype is nothing for fetch to read", async () => {
  const server = await script(streaming("data: a\n\n"));
  const foreign = {
    client: {},
    method: "PUT",
    proxy: config.refused,
    unix: "/no/such/socket",
  };
  const source = new EventSource(server.url);
  const first = either(source, "message", "error");
  const properties = Object.entries(foreign).map(([name, value]) => [
    name,
    { value, configurable: true, writable: true },
  ]);
  Object.defineProperties(Object.prototype, Object.fromEntries(properties));
  try {
    assertEquals((await first).type, "message");
  } finally {
    for (const name of Object.keys(foreign)) Reflect.deleteProperty(Object.prototype, name);
    source.close();
  }
  const [request] = await server.requests(1);
  assertEquals([request?.method, request?.body], ["GET", ""]);
});

test("ground: no error holds what a server repeats of a header, whatever the runtime puts there", async () => {
  const garbled = await script({
    headers: { "X Echo": "Bearer t0ken", "X-Echo": "Bearer t0ken" },
    // Firefox opens with the first byte.
    steps: [{ write: ":\n" }],
  });
  for (const ask of [undefined, (url: string, init: RequestInit) => fetch(url, init)]) {
    const headers = { Authorization: "Bearer t0ken" };
    const source = new EventSource(garbled.url, ask ? { headers, fetch: ask } : { headers });
    const event = await either(source, "open", "error");
    source.close();
    // Some runtimes take such a field, or leave it out.
    if (!(event instanceof EventSourceErrorEvent)) continue;
    const held = textOf(event.error);
    assert(held.includes(event.message) && !held.includes("t0ken"), held);
  }
  const sent = (await garbled.requests(2)).map(({ headers }) => headers["authorization"]);
  assertEquals(sent, ["Bearer t0ken", "Bearer t0ken"]);
});

/** All that an object holds, by any property, and those by theirs. */
function textOf(value: unknown, seen: Set<unknown> = new Set()): string {
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  if (typeof value !== "object" || value === null || seen.has(value)) return String(value);
  seen.add(value);
  return Reflect.ownKeys(value).map((key) => textOf(Reflect.get(value, key), seen)).join(" ");
}
