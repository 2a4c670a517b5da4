import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { EventSource, EventSourceErrorEvent, type EventSourceInit } from "@x/eventsource";
import { config, isNodeHttp, runtimeFamily, test } from "./harness.ts";
import { script, streaming } from "./scripted.ts";
import { fakeFetch, firstOf, messages, nextError, streamOf } from "./sources.ts";

const { proxies, tls } = config;
const { ca } = tls;

const REFUSED = {
  workerd: "tested below: refused",
  "node-fetch": "tested below: refused",
  browser: "tested below: refused",
};
const NO_SOCKS = {
  ...REFUSED,
  ...(isNodeHttp ? {} : { deno: "tested below: refused", bun: "tested below: refused" }),
};

/** Whether it sends the credentials for a proxy of `http:` to an `https:` server, and so is refused. */
const isDenoFetch = runtimeFamily === "deno" && !isNodeHttp;
const isPage = runtimeFamily === "browser" || config.runtime === "node-fetch";

interface Seen {
  readonly method: string;
  readonly target: string;
  readonly authorization: string | null;
}

/** What has gone through a proxy to a host: for other runtimes, too, if their tests have run. */
async function seen(proxy: keyof typeof proxies, host: string): Promise<Seen[]> {
  const response = await fetch(`http://${proxies.control}/`);
  const all: Record<string, Seen[]> = await response.json();
  return (all[proxy] ?? []).filter(({ target }) => target.includes(host));
}

async function message(url: string, init: EventSourceInit): Promise<string | undefined> {
  const event = await firstOf(url, init);
  if (event instanceof EventSourceErrorEvent) return `error: ${event.message}`;
  return event instanceof MessageEvent ? event.data : undefined;
}

test("proxy: http targets go through it, and credentials stay with it", async () => {
  const server = await script(streaming("data: a\n\n"));
  const { pathname } = new URL(server.url);
  assertEquals(await message(server.url, { proxy: `http://${proxies.open}` }), "a");
  assertEquals((await seen("open", pathname)).length, 1);
  const bare = await script(streaming("data: a\n\n"));
  const authenticated = `http://us3r:p%40ss@${proxies.authenticated}`;
  assertEquals(await message(bare.url, { proxy: authenticated }), "a");
  assertEquals((await bare.requests(1))[0]?.headers["authorization"], undefined);
  const proxy = new URL(`http://us3r:p%40ss@${proxies.authenticated}`);
  const source = new EventSource(server.url, { proxy, headers: { Authorization: "Bearer x" } });
  assertEquals((await messages(source, 1))[0]?.data, "a");
  source.close();
  assertEquals((await seen("authenticated", pathname)).length, 1);
  for (const { headers } of await server.requests(2)) {
    assertEquals(headers["proxy-authorization"], undefined);
  }
  assertEquals((await server.requests(2))[1]?.headers["authorization"], "Bearer x");
  await server.closed(2);
}, { skip: REFUSED });

test("proxy: https targets go through CONNECT only", async () => {
  const url = tls.urls.valid;
  const { host } = new URL(url);
  for (const [name, userinfo] of [["open", ""], ["authenticated", "us3r:p%40ss@"]] as const) {
    if (isDenoFetch && userinfo !== "") continue;
    const before = (await seen(name, host)).length;
    const proxy = `http://${userinfo}${proxies[name]}`;
    assertEquals(await message(url, { proxy, https: { ca } }), "secure");
    // Some ask without credentials first.
    const requests = (await seen(name, host)).slice(before);
    assert(requests.length > 0 && requests.every(({ method }) => method === "CONNECT"));
  }
  // Verification goes on through the tunnel.
  const unknown = await message(tls.urls.unknownCa, { proxy: `http://${proxies.open}` });
  assert(unknown?.startsWith("error: "), unknown);
}, { skip: REFUSED });

for (const scheme of ["http", "https"]) {
  test(`proxy: the credentials for one of ${scheme}: are not sent through the tunnel`, async () => {
    const host = scheme === "http" ? proxies.authenticated : tls.proxy;
    const proxy = `${scheme}://us3r:p%40ss@${host}`;
    const url = `${tls.urls.valid}?credentials`;
    const refused = `error: Cannot connect to ${tls.urls.valid}: Deno's fetch would send the ` +
      `credentials for the proxy http://${host} to the server, too; "@x/eventsource/node" does not`;
    const expected = isDenoFetch && scheme === "http" ? refused : "none";
    assertEquals(await message(url, { proxy, https: { ca } }), expected);
  }, { skip: REFUSED });
}

test("proxy: nothing is sent where Deno's fetch would give its credentials away", async () => {
  const target = `${tls.urls.valid}?credentials&location=http://localhost:1/`;
  const headers = { Location: target };
  const server = await script({ status: 302, headers, steps: ["end"] });
  const { host } = new URL(target);
  const before = (await seen("authenticated", host)).length;
  for (const userinfo of ["us3r:p%40ss@", "us3r@", ":p%40ss@"]) {
    const proxy = `http://${userinfo}${proxies.authenticated}`;
    const source = new EventSource(target, { proxy, https: { ca } });
    const error = await nextError(source);
    assertEquals([error.reason, error.willReconnect], ["unsupported", false]);
    assert(!/us3r|p%40ss|p@ss/.test(`${error.message} ${error.error.stack}`), error.message);
  }
  const proxy = `http://us3r:p%40ss@${proxies.authenticated}`;
  const met = await message(server.url, { proxy, https: { ca } });
  assert(met?.includes(`would send the credentials`), met);
  assert(met?.endsWith(`(redirected from ${server.url})`), met);
  assertEquals((await seen("authenticated", host)).length, before);
}, { skip: isDenoFetch ? {} : { [runtimeFamily]: "it keeps them to itself: tested above" } });

test("proxy: one that fails is a failed attempt, named without its password", async () => {
  const server = await script(streaming("data: a\n\n"));
  const refused = new URL(config.refused).host;
  for (const url of [server.url, tls.urls.valid]) {
    for (const host of [proxies.authenticated, proxies.failing, refused]) {
      const userinfo = isDenoFetch && url !== server.url ? "" : "wr0ng:s3cret@";
      const source = new EventSource(url, { proxy: `http://${userinfo}${host}`, https: { ca } });
      const error = await nextError(source);
      // An answer of 502 to a request that was not CONNECT may as well be the target's; Bun 1.4.0
      // passes off even what is answered to CONNECT as that.
      const isAnswer = host === proxies.failing &&
        (url === server.url || config.runtime === "bun-oldest");
      assertEquals(
        [error.reason, error.willReconnect],
        isAnswer ? ["status", false] : ["network", true],
      );
      const text = `${error.message} ${error.error.stack} ${error.error.cause}`;
      assert(!/s3cret|wr0ng/.test(text), text);
      // It does not tell whether the proxy failed, or what is behind it.
      const named = `(through the proxy http://${host})${isAnswer ? " answered with" : ": "}`;
      assert(error.message.includes(named), error.message);
      source.close();
    }
  }
  assertEquals(await server.count(), 0);
}, { skip: REFUSED });

test("proxy: one that speaks TLS gets its credentials, whatever the target speaks", async () => {
  const server = await script(streaming("data: a\n\n"));
  const proxy = `https://us3r:p%40ss@${tls.proxy}`;
  assertEquals(await message(server.url, { proxy }), "a");
  assertEquals(await message(tls.urls.valid, { proxy, https: { ca } }), "secure");
  for (const { headers } of await server.requests(1)) {
    assertEquals(headers["proxy-authorization"], undefined);
  }
  // This server answers as a proxy does that forwards a request, with the credentials that it got.
  const { host } = new URL(tls.urls.valid);
  for (const [userinfo, got] of [["", "none"], ["us3r:p%40ss@", `Basic ${btoa("us3r:p@ss")}`]]) {
    const init = { proxy: `https://${userinfo}${host}`, https: { ca } };
    assertEquals(await message(`${server.url}?credentials`, init), got);
  }
  for (const userinfo of ["", "us3r:wr0ng@"]) {
    const met = await message(server.url, { proxy: `https://${userinfo}${tls.proxy}` });
    const expected = `error: Cannot connect to ${server.url} (through the proxy ` +
      `https://${tls.proxy}): the proxy answered with status 407 (it asks for other credentials)`;
    assertEquals(met, expected);
  }
}, { skip: REFUSED });

test("proxy: an answer of 407 from the server itself is no proxy's", async () => {
  const server = await script({ status: 407, steps: ["end"] });
  const expected = "answered with status 407, not 200";
  const direct = await message(server.url, {});
  assert(direct?.includes(expected), direct);
  if (!isNodeHttp) return;
  const tunnelled = await message(server.url, { proxy: `socks5h://${proxies.socks}` });
  assert(tunnelled?.includes(expected), tunnelled);
}, { skip: REFUSED });

test("proxy: SOCKS, with and without authentication", async () => {
  const server = await script(streaming("data: a\n\n"));
  const { host } = new URL(server.url);
  for (const scheme of ["socks5", "socks5h"]) {
    assertEquals(await message(server.url, { proxy: `${scheme}://${proxies.socks}` }), "a");
    const authenticated = `${scheme}://us3r:p%40ss@${proxies.socksAuthenticated}`;
    assertEquals(await message(server.url, { proxy: authenticated }), "a");
    const init = { proxy: `${scheme}://${proxies.socks}`, https: { ca } };
    assertEquals(await message(tls.urls.valid, init), "secure");
  }
  for (const { headers } of await server.requests(4)) {
    assertEquals(headers["proxy-authorization"], undefined);
  }
  assert((await seen("socks", host)).length >= 2);
  assert((await seen("socksAuthenticated", host)).length >= 2);
  const wrong = await message(server.url, {
    proxy: `socks5://us3r:s3cret@${proxies.socksAuthenticated}`,
  });
  assert(wrong?.includes(`(through the proxy socks5://${proxies.socksAuthenticated}): `), wrong);
  assert(!wrong?.includes("s3cret"), wrong);
}, { skip: NO_SOCKS });

test("proxy: a user name alone is told to it, decoded, as UTF-8", async () => {
  const { pathname } = new URL((await script(streaming())).url);
  const proxy = `http://us%C3%A9r%40@${proxies.authenticated}`;
  await message(config.server + pathname, { proxy });
  const told = (await seen("authenticated", pathname)).map(({ authorization }) => authorization);
  const bytes = new TextEncoder().encode("us\u00E9r@:");
  // Some ask without credentials first.
  assertEquals(told.at(-1), `Basic ${btoa(String.fromCharCode(...bytes))}`);
}, {
  skip: { ...REFUSED, "bun-oldest": "Bun 1.4.0 sends no credentials without a password" },
});

test("proxy: what a redirect leads to goes through it too, on other origins as well", async () => {
  const target = await script(streaming("data: a\n\n"));
  const headers = { Location: `${target.otherUrl}#s3cret` };
  const server = await script({ status: 302, headers, steps: ["end"] });
  const init = { proxy: `http://${proxies.open}`, https: { ca } };
  assertEquals(await message(server.url, init), "a");
  const { pathname } = new URL(target.otherUrl);
  const targets = (await seen("open", pathname)).map(({ target }) => target);
  assertEquals(targets, [target.otherUrl]);
}, { skip: REFUSED });

test('proxy: "env" tells for each hop whether there is one, and which', async () => {
  const second = await script({ status: 302, headers: { Location: tls.urls.valid } });
  const first = await script({ status: 302, headers: { Location: second.otherUrl } });
  const { host } = new URL(tls.urls.valid);
  const before = (await seen("open", host)).length;
  const { env } = globalThis.process;
  const kept = env["http_proxy"];
  env["http_proxy"] = `http://${proxies.open}`;
  try {
    const expected = config.runtime === "bun-oldest"
      ? /Bun's fetch cannot go past the proxy of the environment before 1\.4\.5/
      : /^secure$/;
    assertMatch(await message(first.url, { proxy: "env", https: { ca } }), expected);
  } finally {
    // Not deleted: Bun 1.4.0 would go on with it.
    env["http_proxy"] = kept ?? "";
  }
  assertEquals((await seen("open", new URL(second.url).pathname)).length, 1);
  assertEquals((await seen("open", host)).length, before);
}, { skip: REFUSED });

test("proxy: false goes direct", async () => {
  const server = await script(streaming("data: a\n\n"));
  assertEquals(await message(server.url, { proxy: false }), "a");
}, {
  skip: {
    browser: "it goes by its own settings: tested below",
    "node-fetch": "Node.js may have been told to obey the environment: tested below",
  },
});

test("proxy: what a runtime cannot honour is refused, with what can", () => {
  const refused: (string | false)[] = isNodeHttp
    ? ["ftp://localhost", "socks://localhost", "socks4://localhost", "socks4a://localhost"]
    : /^(deno|bun)$/.test(runtimeFamily)
    ? ["socks5://localhost", "ftp://localhost"]
    : ["http://localhost", "socks5://localhost", "env", ...(isPage ? [false as const] : [])];
  for (const proxy of refused) {
    assertThrows(() => new EventSource("http://localhost/", { proxy }), TypeError, "proxy");
  }
  const { fetch } = fakeFetch(() => streamOf());
  for (const proxy of ["http://localhost", "env", false] as const) {
    assertThrows(
      () => new EventSource("http://localhost/", { fetch, proxy }),
      TypeError,
      `fetch cannot honour proxy; node:http can (${
        isNodeHttp ? "leave fetch out" : '"@x/eventsource/node"'
      })`,
    );
  }
});

test("proxy: a host and a port that are no URL are told how one looks", () => {
  for (const proxy of ["localhost:3128", "10.0.0.1:3128"]) {
    assertThrows(
      () => new EventSource("http://localhost/", { proxy }),
      TypeError,
      "proxy must be a whole http:, https:, socks5: or socks5h: URL, such as http://host:3128, " +
        '"env" or false, got another text or URL',
    );
  }
}, { skip: REFUSED });

test("proxy: wrong values are refused without being shown", () => {
  for (
    const proxy of [
      "us3r:s3cret@host:1",
      "us3r:s3cret@host:port",
      "http://us3r:s3cret@ho st",
      "http://us3r:s3cret%zz@host",
      "http://us3r%zz:s3cret@host",
      "http://us3r%C3:%A9s3cret@host",
      5,
      null,
      true,
    ]
  ) {
    const { message } = assertThrows(
      () => new EventSource("http://localhost/", { proxy: proxy as string }),
      TypeError,
      "proxy",
    );
    assert(!/s3cret|us3r/.test(message), message);
  }
});
