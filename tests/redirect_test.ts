import { assert, assertEquals } from "@std/assert";
import { EventSource, type EventSourceErrorEvent } from "@x/eventsource";
import { EventSource as PageEventSource } from "@x/eventsource/browser";
import { followRedirects } from "../src/request/redirect.ts";
import { fromFetch } from "../src/transports/fetch.ts";
import type { Transport } from "../src/transports/transport.ts";
import { config, engine, test } from "./harness.ts";
import { ending, script, streamingBehind } from "./scripted.ts";
import { messages, next, nextError, nextOpen, record } from "./sources.ts";

const BY_BROWSER = {
  skip: { browser: "it follows redirects by its own rules: tests/browser/page_rules.ts" },
};

const SECRETS = {
  Authorization: "Bearer s3cret",
  Cookie: "s3cret=1",
  "X-Api-Key": "s3cret",
  "Proxy-Authorization": "s3cret",
  Referer: "http://localhost/s3cret",
  Origin: "http://s3cret.invalid",
  "If-None-Match": "s3cret",
  Accept: "text/x-mine",
  "Accept-Language": "de",
};

for (const status of [301, 302, 303, 307, 308]) {
  test(`redirect ${status}: is followed, headers and all, within the origin`, async () => {
    const target = await script(
      ending("retry: 1\nid: 1\ndata: a\n\n"),
      streamingBehind("data: b\n\n"),
    );
    const server = await script({
      status,
      headers: { Location: `${new URL(target.url).pathname}?q` },
      // A browser holds one of a page's six connections for a redirect until it ends.
      steps: [{ write: "moved" }, ...(engine === undefined ? [] : ["end"] as const)],
    });
    const source = new EventSource(server.url, { headers: SECRETS });
    const [open, received] = await Promise.all([nextOpen(source), messages(source, 2)]);
    assertEquals([open.url, open.redirected, open.status], [`${target.url}?q`, true, 200]);
    assertEquals(received[0]?.origin, config.server);
    assertEquals(source.url, server.url);
    const [first, second] = await target.requests(2);
    assertEquals(first?.headers["authorization"], "Bearer s3cret");
    assertEquals([first?.headers["x-api-key"], first?.headers["accept"]], [
      "s3cret",
      "text/x-mine",
    ]);
    assertEquals(second?.headers["last-event-id"], "1");
    // Reconnection starts from the original URL.
    assertEquals(await server.count(), 2);
    source.close();
    await server.closed(2);
    await target.closed(2);
  });

  test(
    `redirect ${status}: across origins, no header that identifies the user goes along`,
    async () => {
      const target = await script(
        ending("retry: 1\nid: 1\ndata: a\n\n"),
        streamingBehind("data: b\n\n"),
      );
      const server = await script({
        status,
        headers: { Location: target.otherUrl },
        steps: [{ write: "moved" }],
      });
      const url = server.url.replace("://", "://us3r:s3cret@");
      const { Authorization: _, ...others } = SECRETS;
      for (const [from, headers] of [[server.url, SECRETS], [url, others]] as const) {
        const source = new EventSource(from, { headers });
        const [open, received] = await Promise.all([nextOpen(source), messages(source, 1)]);
        assertEquals([open.url, open.redirected], [target.otherUrl, true]);
        assertEquals(received[0]?.origin, config.otherServer);
        source.close();
      }
      for (const { headers } of await target.requests(2)) {
        assert(!JSON.stringify(headers).includes("s3cret"), JSON.stringify(headers));
        assertEquals([headers["accept"], headers["authorization"]], ["text/x-mine", undefined]);
        assertEquals(headers["accept-language"], "de");
        // What is ours goes along.
        const ours = [headers["cache-control"], headers["accept-encoding"]];
        assertEquals(ours, ["no-cache", "identity"]);
      }
    },
    BY_BROWSER,
  );
}

test("redirect: what has left the origin does not come back to it", async () => {
  const target = await script(streamingBehind("data: a\n\n"));
  const there = await script({ status: 302, headers: { Location: target.url } });
  const server = await script({ status: 302, headers: { Location: there.otherUrl } });
  const source = new EventSource(server.url, { headers: SECRETS });
  await messages(source, 1);
  const [request] = await target.requests(1);
  assert(!JSON.stringify(request?.headers).includes("s3cret"));
  source.close();
}, BY_BROWSER);

type Sent = [url: string, authorization: string | null, sameOrigin: boolean];

/** The requests of a chain of redirects, the first with a header that is a secret. */
async function chain(start: string, ...locations: readonly string[]): Promise<Sent[]> {
  const sent: Sent[] = [];
  const send: Transport["send"] = (url, { headers, sameOrigin }) => {
    const location = locations[sent.length];
    sent.push([url, headers.get("authorization"), sameOrigin]);
    const init: ResponseInit = location === undefined
      ? {}
      : { status: 302, headers: { Location: location } };
    return Promise.resolve(fromFetch(new Response(null, init), url));
  };
  const request = {
    method: "GET",
    headers: new Headers({ Authorization: "s3cret" }),
    body: undefined,
    withCredentials: false,
    sameOrigin: true,
    signal: new AbortController().signal,
  };
  const first = await send(start, request);
  await followRedirects(first, send, new URL(start), request, undefined);
  return sent;
}

test("redirect: the same host by another scheme is another origin", async () => {
  assertEquals(await chain("https://localhost/", "http://localhost/"), [
    ["https://localhost/", "s3cret", true],
    ["http://localhost/", null, false],
  ]);
});

test("redirect: once one has left the origin, no later one counts as within it", async () => {
  const [a, b] = ["https://a.invalid/", "https://b.invalid/"];
  assertEquals(await chain(a, a, b, b, a, a), [
    [a, "s3cret", true],
    [a, "s3cret", true],
    [b, null, false],
    [b, null, false],
    [a, null, false],
    [a, null, false],
  ]);
});

test("redirect: user information in a Location goes to that origin alone", async () => {
  const [a, b, c] = ["https://a.invalid/", "https://b.invalid/", "https://c.invalid/"];
  assertEquals(await chain(a, b.replace("://", "://us3r:s3cret@"), c), [
    [a, "s3cret", true],
    [b, `Basic ${btoa("us3r:s3cret")}`, false],
    [c, null, false],
  ]);
});

test("redirect: the last event id goes along across origins", async () => {
  const target = await script(streamingBehind());
  const server = await script({ status: 307, headers: { Location: target.otherUrl } });
  const source = new EventSource(server.url, { lastEventId: "7" });
  assertEquals((await target.requests(1))[0]?.headers["last-event-id"], "7");
  source.close();
});

test("redirect: to other schemes reads nothing, and is retried", async () => {
  for (
    const [location, scheme] of [
      ["file:///etc/hosts", "file:"],
      ["data:text/event-stream,data:a%0A%0A", "data:"],
      ["ftp://user:secret@localhost/a?b=secret", "ftp:"],
    ] as const
  ) {
    const server = await script({ status: 302, headers: { Location: location } });
    const source = new EventSource(server.url);
    const others = record(source, "open", "message");
    const error = await nextError(source);
    assertEquals([error.reason, source.readyState], ["network", EventSource.CONNECTING]);
    assertEquals(
      error.message,
      `${server.url} redirected to a URL with the scheme "${scheme}"`,
    );
    source.close();
    await server.closed(1);
    assertEquals(others, []);
  }
}, BY_BROWSER);

test("redirect: to no URL is retried, and without a Location fails for good", async () => {
  const invalid = await script({ status: 302, headers: { Location: "http://a b/" } });
  const first = new EventSource(invalid.url);
  const error = await nextError(first);
  assertEquals([error.reason, error.message], [
    "network",
    `${invalid.url} redirected to an invalid URL`,
  ]);
  first.close();
  const missing = await script({ status: 302, headers: {} });
  const second = new EventSource(missing.url);
  assertEquals((await nextError(second)).reason, "status");
  assertEquals(second.readyState, EventSource.CLOSED);
  await missing.closed(1);
}, BY_BROWSER);

test("redirect: to a server that is not there says where, and from where", async () => {
  const target = config.refused.replace("://", "://us3r:s3cret@") + "there?s3cret";
  const hop = await script({ status: 302, headers: { Location: target } });
  const server = await script({ status: 302, headers: { Location: hop.otherUrl } });
  const source = new EventSource(`${server.url}?s3cret`);
  const { message, reason, error } = await nextError(source);
  source.close();
  assertEquals([reason, error.cause instanceof Error], ["network", true]);
  const start = `Cannot connect to ${config.refused}there (redirected from ${server.url}): `;
  assertEquals(message.slice(0, start.length), start);
  assert(!message.includes("s3cret"), message);
}, BY_BROWSER);

test("redirect: 20 are followed, a loop is not", async () => {
  // The 21st request gets the stream: after 20 redirects.
  const hop = { status: 302, headers: { Location: "?" } };
  const long = await script(...Array(20).fill(hop), streamingBehind("data: a\n\n"));
  const source = new EventSource(long.url);
  assertEquals((await messages(source, 1))[0]?.data, "a");
  source.close();

  const loop = await script(hop);
  const looping = new EventSource(loop.url);
  const error = await nextError(looping);
  assertEquals([error.reason, looping.readyState], ["network", EventSource.CONNECTING]);
  assertEquals(error.message, `Cannot connect to ${loop.url}: it redirected more than 20 times`);
  looping.close();
  assertEquals(await loop.count(), 21);
  await loop.closed(21);
}, BY_BROWSER);

test("redirect: other 3xx fail for good", async () => {
  for (const status of [300, 304, 305, 306]) {
    const server = await script({ status, headers: { Location: "/" }, steps: ["end"] });
    const source = new EventSource(server.url);
    assertEquals((await nextError(source)).reason, "status");
    assertEquals(source.readyState, EventSource.CLOSED);
  }
});

test("redirect: user information in the URL goes along within the origin", async () => {
  const target = await script(streamingBehind("data: a\n\n"));
  const server = await script({ status: 302, headers: { Location: new URL(target.url).pathname } });
  const source = new EventSource(server.url.replace("://", "://user:pass@"));
  await messages(source, 1);
  assertEquals(
    (await target.requests(1))[0]?.headers["authorization"],
    `Basic ${btoa("user:pass")}`,
  );
  source.close();
});

test("redirect: user information in a Location is sent, unless the user's goes along", async () => {
  const basic = `Basic ${btoa("us3r:s3cret")}`;
  for (const member of ["url", "otherUrl"] as const) {
    for (const headers of [{}, { Authorization: "Bearer mine" }]) {
      const target = await script(streamingBehind("data: a\n\n"));
      const location = target[member].replace("://", "://us3r:s3cret@");
      const server = await script({ status: 302, headers: { Location: location } });
      const source = new EventSource(server.url, { headers });
      const open = await nextOpen(source);
      source.close();
      assertEquals(open.url, target[member]);
      const [request] = await target.requests(1);
      const keeps = member === "url" && "Authorization" in headers;
      assertEquals(request?.headers["authorization"], keeps ? "Bearer mine" : basic);
    }
  }
}, BY_BROWSER);

test(
  "redirect: a Location in UTF-8 is read as that, and error.status is the redirect's",
  async () => {
    const server = await script(
      { status: 302, headers: { Location: "?\xC3\xA9" } },
      streamingBehind("data: a\n\n"),
    );
    const source = new EventSource(server.url);
    await messages(source, 1);
    assert((await server.requests(2))[1]?.path.endsWith("?%C3%A9"));
    source.close();
    const wrong = new EventSource(
      (await script({ status: 302, headers: { Location: "ftp://x/" } })).url,
    );
    assertEquals((await nextError(wrong)).status, 302);
    wrong.close();
  },
  BY_BROWSER,
);

test(
  "redirect: the entry for pages takes one for a failure, elsewhere than in a page",
  async () => {
    const target = await script(streamingBehind("data: a\n\n"));
    const server = await script({ status: 307, headers: { Location: target.otherUrl } });
    const source = new PageEventSource(server.url, { headers: SECRETS });
    // Where one entry is the package's and the other the source's, the classes are two.
    const error = await next(source, "error") as EventSourceErrorEvent;
    assertEquals([error.reason, error.status, source.readyState], ["status", 307, 2]);
    assertEquals(await target.count(), 0);
    await server.closed(1);
  },
  BY_BROWSER,
);
