/** Each row of docs/faults.md, in its order. */

import { assert, assertEquals } from "@std/assert";
import { EventSource, EventSourceErrorEvent, type EventSourceInit } from "@x/eventsource";
import { config, delay, engine, runtimeFamily, test } from "./harness.ts";
import { type Answer, script, streaming } from "./scripted.ts";
import { either, gzip, messages, nextError, record } from "./sources.ts";

/**
 * What came of a faulty connection: the messages before its end, and the end. Once there is a message,
 * the server is told to proceed, if it waits for that.
 */
async function meet(
  url: string,
  init: EventSourceInit = {},
  proceed?: () => Promise<void>,
): Promise<{ received: string[]; error: EventSourceErrorEvent; source: EventSource }> {
  const source = new EventSource(url, init);
  const received: string[] = [];
  source.onmessage = ({ data }) => received.push(data);
  const ended = nextError(source);
  if (proceed !== undefined) {
    await messages(source, 1);
    await proceed();
  }
  const error = await ended;
  source.close();
  return { received, error, source };
}

async function meetAnswer(answer: Answer, init?: EventSourceInit) {
  const { url, proceed } = await script(answer);
  return await meet(url, init, answer.steps?.includes("hold") ? proceed : undefined);
}

const NO_TLS = {
  workerd: "trusts another CA by its configuration alone",
  browser: "trusts CAs by its profile, and tells no page why a connection failed",
};

test("fault: a reset in the middle of a field", async () => {
  const { received, error } = await meetAnswer({
    steps: [{ write: "data: a\n\nid: 1\nda" }, "hold", "reset"],
  });
  assertEquals([received, error.reason, error.status, error.willReconnect], [
    ["a"],
    "network",
    200,
    true,
  ]);
});

test("fault: a reset of a body without framing", async () => {
  const { received, error } = await meetAnswer({
    unframed: true,
    steps: [{ write: "data: a\n\n" }, "hold", "reset"],
  });
  assertEquals([received, error.reason, error.willReconnect], [
    ["a"],
    byRuntime(UNFRAMED_RESET),
    true,
  ]);
});

const UNFRAMED_RESET: Record<string, string> = {
  deno: "network",
  node: "network",
  "node-fetch": "closed",
  bun: "closed",
  "bun-http": "network",
  workerd: "network",
  browser: "network",
};

test("fault: a FIN in the middle of an event", async () => {
  const { received, error } = await meetAnswer({
    unframed: true,
    steps: [{ write: "data: a\n\ndata: unfinished\n" }, "cut"],
  });
  assertEquals([received, error.reason, error.willReconnect], [["a"], "closed", true]);
});

test("fault: a half-open connection, with idleTimeout", async () => {
  const { received, error } = await meetAnswer(streaming("data: a\n\n"), { idleTimeout: 250 });
  assertEquals([received, error.reason, error.willReconnect], [["a"], "idle", true]);
});

test("fault: one byte per 100 ms", async () => {
  const bytes = [..."data: a\n\n"].flatMap((byte) => [{ bytes: byte }, { wait: 100 }]);
  const server = await script({ steps: bytes });
  const source = new EventSource(server.url, { idleTimeout: 2000 });
  const errors = record(source, "error");
  assertEquals((await messages(source, 1))[0]?.data, "a");
  assertEquals(errors, []);
  source.close();
});

test("fault: chunked encoding that is cut off", async () => {
  const { received, error } = await meetAnswer({
    // A browser that meets both at once drops what it has not given out.
    steps: [{ write: "data: a\n\n" }, "hold", "cut"],
  });
  assertEquals([received, error.reason, error.willReconnect], [["a"], byRuntime(CUT_OFF), true]);
});

/** Whether the runtime's fetch notices. */
const CUT_OFF: Record<string, string> = {
  deno: "network",
  node: "network",
  bun: "network",
  workerd: "network",
  browser: "network",
  "browser-webkit": "closed",
};

test("fault: gzip that is cut off", async () => {
  const bytes = await gzip("data: a\n\n" + "data: b\n\n".repeat(1000));
  const { error } = await meetAnswer({
    headers: { "Content-Type": "text/event-stream", "Content-Encoding": "gzip" },
    steps: [{ bytes: bytes.slice(0, -12) }, { wait: 20 }, "end"],
  });
  assertEquals([error.reason, error.willReconnect], [byRuntime(CUT_OFF_GZIP), true]);
});

/** Whether the runtime's fetch notices. */
const CUT_OFF_GZIP: Record<string, string> = {
  deno: "network",
  node: "network",
  "node-fetch": "closed",
  bun: "network",
  workerd: "network",
  browser: "closed",
};

test("fault: gzip that is none", async () => {
  const { received, error } = await meetAnswer({
    headers: { "Content-Type": "text/event-stream", "Content-Encoding": "gzip" },
    steps: [{ write: "data: a\n\n" }, "end"],
  });
  // WebKit gives it as it is.
  assertEquals(
    [received, error.reason, error.willReconnect],
    engine === "webkit" ? [["a"], "closed", true] : [[], "network", true],
  );
});

test("fault: invalid UTF-8", async () => {
  const { received, error } = await meetAnswer({
    steps: [{ bytes: "data: \xFF\xC3\n\ndata: \xE2\x82" }, { bytes: "\n\n" }, "end"],
  });
  assertEquals([received, error.reason], [["\uFFFD\uFFFD", "\uFFFD"], "closed"]);
});

test("fault: 1,000 redirects", async () => {
  const hop = { status: 302, headers: { Location: "?" } };
  const server = await script(...Array(1000).fill(hop), streaming("data: a\n\n"));
  const { error } = await meet(server.url);
  assertEquals([error.reason, error.willReconnect], ["network", true]);
  assertEquals(await server.count(), 21);
});

test("fault: a redirect without a Location", async () => {
  const { error, source } = await meetAnswer({ status: 302, headers: {}, steps: ["end"] });
  assertEquals([error.reason, error.status, source.readyState], ["status", 302, 2]);
});

test("fault: a host name that does not exist", async () => {
  const { error } = await meet("http://no-such-host.invalid/");
  assertEquals([error.reason, error.status, error.willReconnect], ["network", undefined, true]);
  assert(error.message.startsWith("Cannot connect to http://no-such-host.invalid/: "));
});

test("fault: a port that refuses", async () => {
  const { error } = await meet(config.refused);
  assertEquals([error.reason, error.status, error.willReconnect], ["network", undefined, true]);
});

test("fault: TLS with a certificate that is in order is none", async () => {
  const source = new EventSource(config.tls.urls.valid);
  assertEquals((await messages(source, 1))[0]?.data, "secure");
  source.close();
}, { skip: NO_TLS });

for (
  const [name, words] of [
    ["expired", /expired|certificate/i],
    ["wrongName", /name|altnames/i],
    ["unknownCa", /issuer|certificate/i],
  ] as const
) {
  test(`fault: TLS, ${name}`, async () => {
    const { received, error } = await meet(config.tls.urls[name]);
    assertEquals([received, error.reason, error.willReconnect], [[], "network", true]);
    assert(words.test(error.message), error.message);
  }, { skip: NO_TLS });
}

test("fault: a line of 14 MB", async () => {
  const server = await script(streaming("data: ", "x".repeat(14_000_000), "\n\n"));
  const source = new EventSource(server.url);
  assertEquals((await messages(source, 1))[0]?.data.length, 14_000_000);
  source.close();
});

test("fault: a line beyond maxBufferSize", async () => {
  const { received, error, source } = await meetAnswer(
    streaming("data: a\n\ndata: ", "x".repeat(17_000_000)),
  );
  assertEquals([received, error.reason, source.readyState], [["a"], "limit", 2]);
});

test("fault: endless comments", async () => {
  // 64 MiB of them, and then an event: they take no room.
  const comments = `: ${"x".repeat(65_533)}\n`;
  let left = 1024;
  const source = new EventSource("http://localhost/", {
    fetch: () =>
      Promise.resolve(
        new Response(
          new ReadableStream({
            pull(controller): void {
              const text = left-- > 0 ? comments : "data: a\n\n";
              controller.enqueue(new TextEncoder().encode(text));
            },
          }),
          { headers: { "Content-Type": "text/event-stream" } },
        ),
      ),
  });
  assertEquals((await messages(source, 1))[0]?.data, "a");
  source.close();
});

test("fault: response headers of 64 KiB", async () => {
  const source = new EventSource(
    (await script({
      headers: { "Content-Type": "text/event-stream", "X-Large": "x".repeat(65_536) },
      steps: [{ write: "data: a\n\n" }],
    })).url,
  );
  const event = await either(source, "message", "error");
  source.close();
  const outcome = event instanceof EventSourceErrorEvent ? event.reason : "taken";
  assertEquals(outcome, byRuntime(LARGE_HEADERS));
});

const LARGE_HEADERS: Record<string, string> = {
  deno: "taken",
  node: "taken",
  "node-fetch": "network",
  bun: "taken",
  workerd: "taken",
  browser: "taken",
  "browser-webkit": "network",
};

test("fault: a server of HTTP/1.0", async () => {
  const { received, error } = await meetAnswer({
    version: "1.0",
    unframed: true,
    steps: [{ write: "data: a\n\ndata: b\n\n" }, { wait: 20 }, "end"],
  });
  assertEquals([received, error.reason, error.willReconnect], [["a", "b"], "closed", true]);
});

test("fault: a resumable stream that is cut at random places loses and repeats nothing", async () => {
  const url =
    `${config.server}/resumable?name=${config.runtime}-${Math.random()}&cuts=${config.cuts}`;
  const reconnection = { delay: 0, factor: 1 };
  const source = new EventSource(url, {
    // A browser takes a head that is cut off for a response: see tests/browser/page_rules.ts.
    reconnection: runtimeFamily === "browser"
      ? { ...reconnection, when: () => true }
      : reconnection,
  });
  let last = 0;
  let wrong: string | undefined;
  source.onmessage = ({ data, lastEventId }) => {
    last++;
    if (lastEventId !== String(last) || data !== `event ${last}\n\u20AC`) {
      wrong ??= `after ${last - 1}: ${lastEventId}, ${JSON.stringify(data)}`;
    }
  };
  await new Promise<void>((resolve) => {
    source.addEventListener("end", ({ data }) => {
      source.close();
      if (data !== String(last)) wrong ??= `ended with ${data} after ${last}`;
      resolve();
    });
  });
  assertEquals(wrong, undefined);
  assert(last > 0);
});

/** Firefox takes 400 MB, and WebKit 1.2 GB. */
const stopsServers = engine !== "firefox" && engine !== "webkit";

test("backpressure: a loop that stops reading stops the server's writes", async () => {
  // Chromium takes some 60 to 100 MB before it stops.
  const most = (runtimeFamily === "browser" ? 128 : 16) * 1024 * 1024;
  const server = await script({ steps: [{ flood: 4 * most }] });
  const source = new EventSource(server.url);
  for await (const _ of source) {
    let before = -1;
    let flooded = 0;
    while (before < flooded && flooded <= most) {
      await delay(200);
      [before, flooded] = [flooded, await server.flooded()];
    }
    assertEquals(flooded <= most, stopsServers, `the server has written ${flooded} bytes`);
    break;
  }
  await server.closed(1);
});

function byRuntime(outcomes: Record<string, string>): string | undefined {
  return outcomes[config.runtime] ?? outcomes[runtimeFamily];
}
