/** What only the transport over node:http is asked. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  EventSource,
  EventSourceErrorEvent,
  type EventSourceInit,
  type HttpsOptions,
} from "@x/eventsource";
import { withoutIdentity } from "../src/transports/tls.ts";
import {
  config,
  delay,
  isNodeHttp,
  runtimeFamily,
  test,
  type TestOptions,
  until,
} from "./harness.ts";
import { type Answer, script, streaming } from "./scripted.ts";
import { firstOf, messages, nextError } from "./sources.ts";

const { proxies, tls: { urls, ca, unknownCa, client } } = config;

const OPTIONS: TestOptions = isNodeHttp ? {} : { skip: { [runtimeFamily]: "is about node:http" } };
const NODE_ALONE: TestOptions = runtimeFamily === "node"
  ? OPTIONS
  : { skip: { [runtimeFamily]: "its node:https is not the one of Node.js" } };

/** A module of the runtime: the tests are bundled for those that have none, too. */
function builtin<
  Name extends "node:dns" | "node:http" | "node:https" | "node:net" | "node:stream" | "node:zlib",
>(name: Name) {
  return globalThis.process.getBuiltinModule(name);
}

type CreateConnection = NonNullable<EventSourceInit["createConnection"]>;
type Socket = ReturnType<ReturnType<typeof builtin<"node:net">>["connect"]>;

/** Starts a server on loopback; the URL, and how to stop it. */
async function listen(
  server: { listen(port: number, host: string, listener: () => void): unknown; address(): unknown },
  host = "127.0.0.1",
): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as { port: number };
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}/`;
}

async function outcome(url: string, init: EventSourceInit = {}): Promise<string> {
  const event = await firstOf(url, init);
  if (event instanceof EventSourceErrorEvent) return `${event.reason}: ${event.message}`;
  return event instanceof MessageEvent ? event.data : "";
}

/** To where each connection through a proxy has gone. */
async function targets(proxy: "open" | "socks" | "hanging"): Promise<string[]> {
  const response = await fetch(`http://${proxies.control}/`);
  const seen: Record<string, { target: string }[]> = await response.json();
  return seen[proxy]!.map(({ target }) => target);
}

/** How many connections a proxy that says nothing holds. */
async function hanging(): Promise<number> {
  return (await targets("hanging")).length;
}

/** A proxy of the test's own, which leaves it to the client to close a connection. */
interface OwnProxy {
  readonly host: string;
  /** How many connections are open. */
  held(): number;
  stop(): void;
}

/** Starts one: it answers the first bytes of a connection with a head, and `next` does the rest. */
async function answering(head: string, next?: (client: Socket) => void): Promise<OwnProxy> {
  let held = 0;
  const server = builtin("node:net").createServer((client) => {
    held++;
    client.on("error", () => {}).on("close", () => void held--).resume();
    client.once("data", () => {
      client.write(`HTTP/1.1 ${head}\r\n\r\n`);
      next?.(client);
    });
  });
  const { host } = new URL(await listen(server));
  return { host, held: () => held, stop: () => void server.close() };
}

test("node:http: options that are about the request are refused by name", () => {
  for (const member of ["host", "path", "auth", "headers", "createConnection", "socketPath"]) {
    assertThrows(
      () => new EventSource("https://localhost/", { https: { [member]: "x" } }),
      TypeError,
      `https has no member "${member}"`,
    );
  }
}, OPTIONS);

test(
  "node:http: options that would be ignored are refused by name",
  () => {
    for (const member of ["ciphers", "crl", "ecdhCurve", "secureOptions", "sigalgs"]) {
      assertThrows(
        () => new EventSource("https://localhost/", { https: { [member]: "-----BEGIN " } }),
        TypeError,
        `Deno's node:https cannot honour https.${member}`,
      );
    }
  },
  config.runtime === "deno-http" ? {} : { skip: { [runtimeFamily]: "is about Deno's node:https" } },
);

test("node:http: members that are undefined, and an agent of false, change nothing", async () => {
  for (const agent of [undefined, false] as const) {
    const https = { agent, checkServerIdentity: undefined, ca };
    assertEquals(await outcome(urls.valid, { https }), "secure");
    const through = await outcome(urls.valid, { https, proxy: config.refused });
    assert(through.includes("the proxy http://"), through);
  }
}, OPTIONS);

test("node:http: what others put in the place of its request() is called", async () => {
  // As libraries that mock, trace or tunnel requests do, after everything has been imported.
  for (const name of ["http", "https"] as const) {
    const module = globalThis.process.getBuiltinModule(`node:${name}`);
    const { request } = module;
    const asked: string[] = [];
    module.request = ((url: URL, ...rest: []) => {
      asked.push(url.href);
      return request(url, ...rest);
    }) as typeof request;
    try {
      const url = name === "https" ? urls.valid : (await script(streaming("data: secure\n\n"))).url;
      assertEquals(await outcome(url, { https: { ca } }), "secure");
      assertEquals(asked, [url]);
    } finally {
      module.request = request;
    }
  }
}, OPTIONS);

test("https: only what is impersonal goes to another origin", () => {
  const kept = { ca, minVersion: "TLSv1.2" };
  const strict = { ca, rejectUnauthorized: true };
  assertEquals(withoutIdentity(strict), strict);
  const identity = {
    cert: "c",
    key: "k",
    secureContext: {},
    session: new Uint8Array(),
    servername: "n",
  };
  assertEquals(withoutIdentity({ ...kept, ...identity, rejectUnauthorized: false }), kept);
  // By name: the value tells nothing.
  const all = (names: readonly string[], value: unknown): HttpsOptions =>
    Object.fromEntries(names.map((name) => [name, value]));
  for (const value of [true, "x"]) {
    assertEquals(
      Object.keys(withoutIdentity(all([...PERSONAL, ...IMPERSONAL], value))),
      IMPERSONAL,
    );
  }
});

/** The options that say who the client is, or let a server pass. */
const PERSONAL = [
  "agent",
  "allowPartialTrustChain",
  "cert",
  "checkServerIdentity",
  "clientCertEngine",
  "dhparam",
  "enableTrace",
  "honorCipherOrder",
  "key",
  "passphrase",
  "pfx",
  "privateKeyEngine",
  "privateKeyIdentifier",
  "pskCallback",
  "secureContext",
  "secureOptions",
  "secureProtocol",
  "servername",
  "session",
  "sessionIdContext",
];

/** Those that ask no less of a server, or are about the connection. */
const IMPERSONAL = [
  "ALPNProtocols",
  "autoSelectFamily",
  "autoSelectFamilyAttemptTimeout",
  "ca",
  "ciphers",
  "crl",
  "ecdhCurve",
  "family",
  "hints",
  "insecureHTTPParser",
  "localAddress",
  "localPort",
  "lookup",
  "maxHeaderSize",
  "maxVersion",
  "minDHSize",
  "minVersion",
  "requestOCSP",
  "sigalgs",
];

test("node:http: a checkServerIdentity that throws refuses", async () => {
  const https = {
    ca,
    checkServerIdentity(): never {
      throw new Error("mine");
    },
  };
  const met = await outcome(urls.valid, { https });
  assert(met.startsWith("network: ") && met.includes("mine"), met);
}, NODE_ALONE);

test("node:http: a checkServerIdentity that answers later refuses", async () => {
  const checkServerIdentity = () => Promise.reject(new Error("late")) as never;
  const met = await outcome(urls.valid, { https: { ca, checkServerIdentity } });
  assert(met.startsWith("network: ") && met.includes("not by a promise"), met);
}, NODE_ALONE);

test("node:http: no error holds what a server repeats of the request", async () => {
  // A header line without a colon.
  const server = await script({ headers: { "A: b\r\nauthorization Bearer s3cret\r\nC": "d" } });
  const headers = { Authorization: "Bearer s3cret" };
  const source = new EventSource(server.url, { headers, reconnection: false });
  const { error, reason } = await nextError(source);
  assertEquals(reason, "network");
  assertEquals(Reflect.get(Object(error.cause), "rawPacket"), undefined);
}, NODE_ALONE);

test("node:http: an upgrade that nobody asked for is a failed attempt", async () => {
  const headers = { Upgrade: "foo", Connection: "upgrade" };
  const server = await script({ status: 101, headers, unframed: true, steps: [] });
  assert((await outcome(server.url)).startsWith("network: "));
  await server.closed(1);
}, OPTIONS);

test("node:http: an unknown content encoding hides no status and no redirect", async () => {
  const headers = { "Content-Encoding": "zstd", Location: "?" };
  const server = await script(
    { status: 401, headers, steps: [{ write: "a" }, "end"] },
    { status: 302, headers, steps: [{ write: "a" }, "end"] },
    streaming("data: a\n\n"),
  );
  assert((await outcome(server.url)).startsWith("status: "));
  assertEquals(await outcome(server.url), "a");
}, OPTIONS);

for (const scheme of ["http", "socks5", "socks5h"]) {
  test(
    `node:http: a ${scheme} proxy that hangs is released at close() and when it is idle`,
    async () => {
      const proxy = `${scheme}://${proxies.hanging}`;
      for (const url of [urls.valid, config.refused]) {
        const source = new EventSource(url, { proxy, https: { ca } });
        await until("the proxy is asked", async () => await hanging() > 0);
        source.close();
        await until("the proxy is released", async () => await hanging() === 0);

        const idle = new EventSource(url, { proxy, https: { ca }, idleTimeout: 50 });
        assertEquals((await nextError(idle)).reason, "idle");
        idle.close();
        await until("the proxy is released", async () => await hanging() === 0);
      }
    },
    OPTIONS,
  );
}

for (const scheme of ["http", "socks5", "socks5h"]) {
  test(`node:http: a source closed on its way to a ${scheme} proxy leaves no socket`, async () => {
    const proxy = `${scheme}://${proxies.hanging}`;
    // In each of the moments between the libraries' steps, and while a name is resolved.
    for (let moment = 0; moment < 60; moment++) {
      const source = new EventSource("http://localhost:1/", { proxy });
      for (let step = 0; step < moment % 40; step++) await null;
      if (moment >= 40) await delay((moment - 40) / 8);
      source.close();
    }
    await delay(200);
    await until("the proxy is released", async () => await hanging() === 0);
  }, OPTIONS);
}

test("node:http: credentials that SOCKS cannot carry are a failed attempt", async () => {
  const long = "s3cret".repeat(50);
  for (const userinfo of [`${long}:x`, `x:${long}`]) {
    const proxy = `socks5h://${userinfo}@${proxies.socksAuthenticated}`;
    const met = await outcome("http://localhost:1/", { proxy });
    assert(/^network: .*the proxy socks5h:.* 255 bytes/.test(met), met);
    assert(!met.includes("s3cret"), met);
  }
}, OPTIONS);

test("node:http: in a tunnel, names are verified as without one", async () => {
  const proxy = `http://${proxies.open}`;
  const hosts: unknown[] = [];
  const https = {
    ca,
    checkServerIdentity: (host: string) => void hosts.push(host),
  };
  assertEquals(await outcome(urls.valid, { https, proxy }), "secure");
  assertEquals(hosts, ["127.0.0.1"]);
  // Its certificate is for 127.0.0.1, and this name is what has to be in it.
  const named = await outcome(urls.valid, { https: { ca, servername: "other.test" }, proxy });
  assert(named.includes("other.test"), named);
}, NODE_ALONE);

test("node:http: values that TLS cannot use are refused at once", () => {
  const { key } = client;
  const wrong: [HttpsOptions, string][] = [
    [{ agent: {} as never }, "https.agent must be an Agent"],
    [{ cert: ca, key }, "https cannot be used"],
    [{ minVersion: "TLSv9" }, "https cannot be used"],
    [{ passphrase: 12345 as never, cert: client.cert, key }, "https.passphrase must be a string"],
  ];
  for (const [https, text] of wrong) {
    const error = assertThrows(
      () => new EventSource("https://localhost/", { https }),
      TypeError,
      text,
    );
    assert(!error.message.includes("12345"), error.message);
  }
}, NODE_ALONE);

/** "data: a\n\n", flushed, and "data: b\n\n" with the end, in base64. */
const ENCODED: readonly (readonly [name: string, coding: string, first: string, rest: string])[] = [
  ["deflate without a header", "deflate", "SkksSbRSSOTiAgAAAP//", "S0ksSbRSSOLiAgA="],
  [
    "gzip within br",
    "gzip, br",
    "CwyAH4sIAAAAAAAAA0pJLEm0Ukjk4gIAAAD//w==",
    "kAAIS0ksSbRSSOLiAgC6WcffEgAAAAM=",
  ],
];

for (const [name, coding, first, rest] of ENCODED) {
  test(`node:http: ${name} is decoded as it arrives`, async () => {
    const server = await script({
      headers: { "Content-Type": "text/event-stream", "Content-Encoding": coding },
      steps: [{ bytes: atob(first) }, "hold", { bytes: atob(rest) }, "end"],
    });
    const source = new EventSource(server.url, { reconnection: false });
    const received = messages(source, 2);
    const ended = nextError(source);
    // The first comes before the second is sent.
    await messages(source, 1);
    await server.proceed();
    assertEquals((await ended).reason, "closed");
    assertEquals((await received).map(({ data }) => data), ["a", "b"]);
  }, OPTIONS);
}

test("node:http: a compressed body that is cut, or corrupt, breaks off", async () => {
  for (const [, coding, first] of ENCODED) {
    for (const steps of [[{ bytes: atob(first) }, "end"], [{ bytes: "\x08\xFF\xFF\xFF" }, "end"]]) {
      const server = await script({
        headers: { "Content-Type": "text/event-stream", "Content-Encoding": coding },
        steps: steps as NonNullable<Answer["steps"]>,
      });
      const source = new EventSource(server.url, { reconnection: false });
      assertEquals((await nextError(source)).reason, "network");
      await server.closed(1);
    }
  }
}, OPTIONS);

test("node:http: a body that is a stream is cancelled with its request", async () => {
  let cancelled = false;
  const server = await script({ status: 401, steps: ["end"] });
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("x")),
    cancel: () => void (cancelled = true),
  });
  const source = new EventSource(server.url, { method: "POST", body });
  await delay(50);
  source.close();
  await delay(50);
  assertEquals(cancelled, true);
}, OPTIONS);

test("node:http: the user's fields do not frame a request", async () => {
  const framing = { "Content-Length": "30", "Transfer-Encoding": "chunked" };
  const stream = () => new Blob(["abc"]).stream() as ReadableStream<Uint8Array<ArrayBuffer>>;
  const cases: [init: EventSourceInit, length: string | undefined, coding: string | undefined][] = [
    [{ headers: framing }, undefined, undefined],
    [{ method: "POST", body: "abc", headers: framing }, "3", undefined],
    [{ method: "POST", body: "abc", headers: { "Transfer-Encoding": "gzip" } }, "3", undefined],
    [
      { method: "POST", body: stream, headers: { "Transfer-Encoding": "gzip" } },
      undefined,
      "chunked",
    ],
    [
      { method: "POST", body: stream, headers: { ...framing, "Content-Length": "3" } },
      "3",
      undefined,
    ],
  ];
  for (const [init, length, coding] of cases) {
    const server = await script(streaming("data: a\n\n"));
    assertEquals(await outcome(server.url, init), "a");
    const [request] = await server.requests(1);
    assertEquals(
      [request?.headers["content-length"], request?.headers["transfer-encoding"], request?.body],
      [length, coding, init.body === undefined ? "" : "abc"],
    );
  }
}, OPTIONS);

test("node:http: a stream has the length that was said, or is not sent", async () => {
  const cases = [["3", 0], ["5", 1], ["6", 1], ["3, 3", 1], ["+3", 1]] as const;
  for (const [length, sent] of cases) {
    const server = await script(streaming("data: a\n\n"));
    const body = () => new Blob(["hello"]).stream() as ReadableStream<Uint8Array<ArrayBuffer>>;
    const headers = { "Content-Length": length };
    const met = await outcome(server.url, { method: "POST", body, headers, reconnection: false });
    const isWrong = length === "3" || length === "6";
    const expected = isWrong ? `does not match Content-Length, ${length} bytes` : "a";
    assert(met.endsWith(expected), `${length}: ${met}`);
    await delay(20);
    // Nothing at all, where the first chunk is too long: what is too much would be another request.
    const requests = await server.requests(0);
    if (length !== "6") assertEquals(requests.length, sent, length);
  }
}, OPTIONS);

for (const method of ["POST", "DELETE"]) {
  test(`node:http: a stream is sent whole as the body of ${method}`, async () => {
    const server = await script(streaming("data: a\n\n"));
    let left = 15;
    const body = new ReadableStream<Uint8Array>({
      pull(controller): void {
        if (left-- > 0) controller.enqueue(new TextEncoder().encode("x".repeat(100_000)));
        else controller.close();
      },
    });
    const warnings: string[] = [];
    const warn = (warning: Error): void => void warnings.push(warning.name);
    globalThis.process.on("warning", warn);
    assertEquals(await outcome(server.url, { method, body }), "a");
    await delay(20);
    globalThis.process.off("warning", warn);
    const [request] = await server.requests(1);
    assertEquals(request?.headers["transfer-encoding"], "chunked");
    assertEquals(request?.body.length, 1_500_000);
    assertEquals(warnings, []);
  }, NODE_ALONE);
}

const RESPONSE = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";

/** Each a block of its own, as a server flushes it. */
function gzip(texts: readonly string[]): Uint8Array[] {
  const { deflateRawSync, constants } = builtin("node:zlib");
  const header = Uint8Array.of(0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3);
  return [
    header,
    ...texts.map((text) =>
      new Uint8Array(deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }))
    ),
  ];
}

/** How a body is cut: what stands before it, and what cuts it. */
const CUTS: readonly (readonly [
  name: string,
  framing: "chunked" | "none",
  isEncoded: boolean,
  end: "FIN" | "RST" | "last chunk",
])[] = [
  ["a RST", "none", false, "RST"],
  ["a RST within chunks", "chunked", false, "RST"],
  ["a FIN within chunks", "chunked", false, "FIN"],
  ["a RST within gzip", "chunked", true, "RST"],
  ["a FIN within gzip", "none", true, "FIN"],
  ["a truncated gzip", "chunked", true, "last chunk"],
];

for (const [name, framing, isEncoded, end] of CUTS) {
  test(`node:http: a slow loop gets all that came before ${name}`, async () => {
    const texts = Array.from({ length: 60 }, (_, index) => `data: ${index}\n\n`);
    const pieces = isEncoded ? gzip(texts) : texts.map((text) => new TextEncoder().encode(text));
    const server = builtin("node:net").createServer(async (socket) => {
      socket.on("error", () => {});
      socket.setNoDelay(true);
      socket.write(
        RESPONSE + (isEncoded ? "Content-Encoding: gzip\r\n" : "") +
          (framing === "chunked" ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n"),
      );
      for (const piece of pieces) {
        if (framing === "chunked") socket.write(`${piece.length.toString(16)}\r\n`);
        socket.write(piece);
        if (framing === "chunked") socket.write("\r\n");
        await delay(2);
      }
      await delay(100);
      if (end === "RST") socket.resetAndDestroy();
      else socket.end(end === "FIN" ? "" : "0\r\n\r\n");
    });
    const source = new EventSource(await listen(server), { reconnection: false });
    const received: string[] = [];
    let thrown: unknown;
    try {
      for await (const { data } of source) {
        received.push(data);
        await delay(received.length < 4 ? 100 : 5);
      }
    } catch (error) {
      thrown = error;
    }
    server.close();
    assertEquals(received, texts.map((_, index) => String(index)));
    assertEquals(Reflect.get(Object(thrown), "reason"), "network");
  }, OPTIONS);
}

test("node:http: a TLS session is resumed, but not where it would skip a check", async () => {
  const url = `${urls.valid}?session`;
  const twice = async (https: HttpsOptions, init: EventSourceInit = {}) => {
    await outcome(url, { https, ...init });
    return await outcome(url, { https, ...init });
  };
  assertEquals(await twice({ ca }), "resumed");
  assertEquals(await twice({ ca }, { proxy: `http://${proxies.open}` }), "resumed");
  // Node.js would not ask it on a resumed session.
  let asked = 0;
  assertEquals(await twice({ ca, checkServerIdentity: () => void asked++ }), "new");
  assertEquals(asked, 2);
  const { createSecureContext } = globalThis.process.getBuiltinModule("node:tls");
  // The name under which an agent keeps a session tells nothing of these.
  for (
    const https of [
      { secureContext: createSecureContext({ ca }) },
      { ca, allowPartialTrustChain: true },
      { ca, key: [{ pem: client.key }], cert: client.cert },
      { ca, minDHSize: 2048 },
      { ca, pfx: [] },
      { ca, pskCallback: () => null },
    ]
  ) {
    assertEquals(await twice(https as HttpsOptions), "new", Object.keys(https).join());
  }
}, NODE_ALONE);

test("node:http: what other options have verified is no session for a source", async () => {
  const { createSecureContext } = globalThis.process.getBuiltinModule("node:tls");
  const url = urls.unknownCa;
  for (
    const https of [
      { rejectUnauthorized: false },
      { ca: unknownCa },
      { secureContext: createSecureContext({ ca: unknownCa }) },
    ]
  ) {
    assertEquals(await outcome(url, { https }), "secure");
    assert((await outcome(url)).startsWith("network: "));
  }
}, OPTIONS);

test("node:http: rejectUnauthorized: true wins over NODE_TLS_REJECT_UNAUTHORIZED", async () => {
  const { env } = globalThis.process;
  const kept = env["NODE_TLS_REJECT_UNAUTHORIZED"];
  env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
  try {
    const https = { ca, rejectUnauthorized: true };
    // On other origins as well.
    for (const url of [urls.unknownCa, `${urls.valid}?location=${urls.unknownCa}`]) {
      const met = await outcome(url, { https });
      assert(met.includes("is not signed by a trusted CA"), met);
    }
  } finally {
    if (kept === undefined) delete env["NODE_TLS_REJECT_UNAUTHORIZED"];
    else env["NODE_TLS_REJECT_UNAUTHORIZED"] = kept;
  }
}, OPTIONS);

test("node:http: a session that a source brings along is none for others", async () => {
  const { connect } = globalThis.process.getBuiltinModule("node:tls");
  // That nobody has verified.
  const sessionOf = async (url: string): Promise<Uint8Array> => {
    const { hostname, port } = new URL(url);
    return await new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), rejectUnauthorized: false });
      socket.on("error", reject).on("session", (session) => {
        socket.destroy();
        resolve(session);
      });
      socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    });
  };
  const url = `${urls.unknownCa}?session`;
  // No other test has these curves, by which a session is found. The server gives a new session only
  // in the place of one that it does not know.
  for (
    const [from, first, ecdhCurve] of [
      [urls.unknownCa, "resumed", "X25519:P-256"],
      [urls.valid, "new", "X25519:P-384"],
    ] as const
  ) {
    const https = { rejectUnauthorized: false, ecdhCurve };
    const session = await sessionOf(from);
    assertEquals(await outcome(url, { https: { ...https, session } }), first);
    assertEquals(await outcome(url, { https }), "new");
  }
}, NODE_ALONE);

test(
  "node:http: each request is on a connection of its own, and an Agent may keep one",
  async () => {
    const { Agent } = builtin("node:https");
    const counts = async (
      agent?: EventSourceInit["agent"],
      others: HttpsOptions = {},
    ): Promise<string[]> => {
      const found: string[] = [];
      const url = `${urls.valid}?sockets=${crypto.randomUUID()}`;
      for (let index = 0; index < 5; index++) {
        const https = { ca, ...others };
        const source = new EventSource(url, { method: "POST", body: "{}", https, agent });
        for await (const { data } of source) found.push(data);
      }
      return found;
    };
    assertEquals(await counts(), ["1", "2", "3", "4", "5"]);
    const apart = { allowPartialTrustChain: true };
    assertEquals(await counts(undefined, apart), ["1", "2", "3", "4", "5"]);
    const agent = new Agent({ keepAlive: true });
    assertEquals(await counts(agent), ["1", "1", "1", "1", "1"]);
    assertEquals(await counts(() => agent), ["1", "1", "1", "1", "1"]);
    assertEquals(await counts(() => undefined), ["1", "2", "3", "4", "5"]);
    agent.destroy();
  },
  OPTIONS,
);

test("node:http: createConnection makes the connection", async () => {
  const server = await script(streaming("data: a\n\n"));
  const { hostname, port } = new URL(server.url);
  const { connect } = builtin("node:net");
  const asked: unknown[] = [];
  const createConnection: CreateConnection = (options) => {
    asked.push(options.host);
    // What is about TLS is nothing for a connection without.
    if ("ca" in options) asked.push("ca");
    return connect(Number(port), hostname);
  };
  const url = server.url.replace(`${hostname}:${port}`, "socket.invalid");
  assertEquals(await outcome(url, { createConnection, https: { ca } }), "a");
  assertEquals(asked, ["socket.invalid"]);
  const failing = () => {
    throw new Error("no socket");
  };
  assertEquals(
    await outcome(server.url, { createConnection: failing }),
    `network: Cannot connect to ${server.url}: no socket`,
  );
}, OPTIONS);

test("node:http: createConnection that makes no socket is a failed attempt", async () => {
  const wrong: [() => unknown, string][] = [
    [() => "s3cret", "string"],
    [() => 5, "number"],
    [() => ({}), "object"],
    [() => Promise.reject(new Error("mine")), "object"],
  ];
  for (const [make, kind] of wrong) {
    const returns = () => make() as object;
    const callsBack: CreateConnection = (_, callback) => {
      setTimeout(() => callback(null, make() as object));
      return null;
    };
    for (const createConnection of [returns, callsBack]) {
      for (const url of [config.refused, urls.valid]) {
        assertEquals(
          await outcome(url, { createConnection }),
          `request: Cannot connect to ${
            new URL(url).origin
          }: createConnection must return or call ` +
            `back with a socket, got ${kind}`,
        );
      }
    }
  }
  const failing: CreateConnection = (_, callback) => {
    setTimeout(() => callback(new Error("mine"), undefined as never));
    return null;
  };
  const met = await outcome(config.refused, { createConnection: failing });
  assert(met.startsWith("network: ") && met.endsWith(": mine"), met);
}, OPTIONS);

test("node:http: after a minute of silence, TCP asks whether the server is there", async () => {
  const server = await script(streaming("data: a\n\n"));
  const asked: unknown[] = [];
  const createConnection: CreateConnection = ({ host, port }) => {
    const socket = builtin("node:net").connect(Number(port), String(host));
    const { setKeepAlive } = socket;
    socket.setKeepAlive = (...args) => {
      asked.push(args);
      return setKeepAlive.apply(socket, args);
    };
    return socket;
  };
  assertEquals(await outcome(server.url, { createConnection }), "a");
  assertEquals(asked.at(-1), [true, 60_000]);
}, OPTIONS);

test("node:http: createConnection may return any stream", async () => {
  const server = await script(streaming("data: a\n\n"));
  const { hostname, port } = new URL(server.url);
  const { connect } = builtin("node:net");
  const { Duplex } = builtin("node:stream");
  const createConnection: CreateConnection = () => {
    const socket = connect(Number(port), hostname);
    return Duplex.from({ readable: socket, writable: socket }) as ReturnType<typeof connect>;
  };
  assertEquals(await outcome(server.url, { createConnection }), "a");
}, OPTIONS);

test("node:http: an option of the wrong type is refused at once, by name", () => {
  const wrong: Readonly<Record<string, unknown>> = {
    servername: 5,
    lookup: "x",
    family: "4",
    localAddress: 5,
    maxHeaderSize: "x",
    insecureHTTPParser: 1,
    checkServerIdentity: "x",
    ALPNProtocols: "x",
  };
  for (const [name, value] of Object.entries(wrong)) {
    assertThrows(
      () => new EventSource("https://localhost/", { https: { [name]: value } }),
      TypeError,
      `https.${name} must be a`,
    );
  }
  // Node.js 20 aborts the process for some of these.
  for (
    const ALPNProtocols of [
      Uint8Array.of(120),
      [""],
      ["x".repeat(256)],
      ["\xE9".repeat(128)],
      [5],
      [],
    ]
  ) {
    assertThrows(
      () => new EventSource("https://localhost/", { https: { ALPNProtocols } as never }),
      TypeError,
      "https.ALPNProtocols must be an array of names, each of 1 to 255 bytes",
    );
  }
  for (const agent of [null, 0]) {
    const init = { agent } as unknown as EventSourceInit;
    assertThrows(() => new EventSource("http://localhost/", init), TypeError, "agent must be");
  }
}, OPTIONS);

test("node:http: an Agent holds for its origin, a function of the URL for each hop", async () => {
  const { Agent } = builtin("node:http");
  const secure = builtin("node:https");
  const target = await script(streaming("data: a\n\n"));
  const near = await script(
    { status: 302, headers: { Location: "?again" } },
    streaming("data: a\n\n"),
  );
  const server = await script({ status: 302, headers: { Location: target.otherUrl } });
  const agent = new Agent();
  const { connect } = builtin("node:net");
  const createConnection: CreateConnection = ({ host, port }) =>
    connect(Number(port), String(host));
  assertEquals(await outcome(near.url, { agent }), "a");
  const other = new URL(target.otherUrl).origin;
  for (const init of [{ agent }, { createConnection }]) {
    const [name] = Object.keys(init);
    assertEquals(
      await outcome(server.url, init),
      `request: Cannot connect to ${other}: ${name} applies to the origin of the source's URL ` +
        "only; give agent as a function of the URL, which is called for each request " +
        `(redirected from ${server.url})`,
    );
  }
  const location = encodeURIComponent(target.url);
  const https = { agent: new secure.Agent({ ca }) };
  const met = await outcome(`${urls.valid}?location=${location}`, { https });
  assert(met.includes("https.agent applies to the origin"), met);
  assertEquals(await target.count(), 0);

  const asked: string[] = [];
  const choose = (url: URL) => {
    asked.push(url.href);
    // It is a copy.
    url.href = config.refused;
    return agent;
  };
  assertEquals(await outcome(server.url, { agent: choose }), "a");
  assertEquals(asked, [server.url, target.otherUrl]);
}, OPTIONS);

test("node:http: an agent that cannot be used is refused, or fails the attempt", async () => {
  const { Agent } = builtin("node:http");
  const agent = new Agent();
  const wrong: [EventSourceInit, string][] = [
    [{ agent: 5 as never }, "agent must be an Agent, or a function that returns one, got number"],
    [{ agent: {} as never }, "agent must be an Agent, or a function that returns one, got object"],
    [{ createConnection: 5 as never }, "createConnection must be a function, got number"],
    [{ agent, proxy: config.refused }, "agent and proxy exclude each other"],
    [{ agent, proxy: "env" }, "agent and proxy exclude each other"],
    [{ agent, createConnection: () => null }, "agent and createConnection exclude each other"],
    [{ https: { agent }, agent }, "agent and https.agent exclude each other"],
    [{ createConnection: () => null, proxy: "env" }, "createConnection and proxy exclude"],
  ];
  for (const [init, text] of wrong) {
    assertThrows(() => new EventSource("http://localhost/", init), TypeError, text);
  }
  const throwing = (): never => {
    throw new Error("mine");
  };
  const { url } = await script(streaming("data: a\n\n"));
  assertEquals(
    await outcome(url, { agent: throwing }),
    "request: Cannot get the agent of a request: mine",
  );
  assertEquals(
    await outcome(url, { agent: (() => 5) as never }),
    "request: Cannot get the agent of a request: it must be an Agent, got number",
  );
}, OPTIONS);

test("node:http: an Agent for the other scheme is final", async () => {
  const { Agent } = builtin("node:http");
  const met = await outcome(urls.valid, { agent: new Agent(), https: { ca } });
  assert(met.startsWith(`unsupported: Cannot connect to ${urls.valid}: Protocol "https:"`), met);
}, NODE_ALONE);

test(
  "node:http: what is about the connection holds without TLS, after a redirect too",
  async () => {
    const server = await script(streaming("data: a\n\n"));
    const { hostname, port } = new URL(server.url);
    const url = server.url.replace(hostname, "name.invalid");
    const asked: unknown[] = [];
    const lookup: NonNullable<HttpsOptions["lookup"]> = (name, options, callback) => {
      asked.push([name, Reflect.get(options, "family")]);
      const isAll = Reflect.get(options, "all") === true;
      callback(null, isAll ? [{ address: hostname, family: 4 }] : hostname, 4);
    };
    const https = { ca, lookup, family: 4 };
    assertEquals(await outcome(url, { https }), "a");
    const from = `${urls.valid}?location=${encodeURIComponent(url)}`;
    assertEquals(await outcome(from, { https }), "a");
    assertEquals(asked, [["name.invalid", 4], ["name.invalid", 4]]);
    // A proxy of SOCKS that is told addresses gets the one that was found.
    assertEquals(await outcome(url, { https, proxy: `socks5://${proxies.socks}` }), "a");
    assertEquals(asked.length, 3);
    const refuse: typeof lookup = (_name, _options, callback) =>
      callback(new Error("internal"), "");
    const met = await outcome(url, { https: { lookup: refuse } });
    assertEquals(met, `network: Cannot connect to ${url}: internal`);
    const through = await outcome(url, {
      https: { lookup: refuse },
      proxy: `socks5://${proxies.socks}`,
    });
    assert(through.endsWith(": internal"), through);
    assertEquals(new URL(url).port, port);
  },
  OPTIONS,
);

test("node:http: a lookup that a proxy would make useless is refused", async () => {
  const lookup = () => {};
  for (const scheme of ["http", "https", "socks5h"]) {
    assertThrows(
      () =>
        new EventSource("http://localhost/", { https: { lookup }, proxy: `${scheme}://host:1` }),
      TypeError,
      `https.lookup is not called if a proxy resolves names, as ${scheme}://host:1 does`,
    );
  }
  const { env } = globalThis.process;
  const kept = env["http_proxy"];
  env["http_proxy"] = `http://${proxies.open}`;
  const met = await outcome("http://name.invalid/", { https: { lookup }, proxy: "env" });
  if (kept === undefined) delete env["http_proxy"];
  else env["http_proxy"] = kept;
  assert(met.startsWith("unsupported: ") && met.includes("https.lookup is not called"), met);
}, OPTIONS);

test("node:http: localAddress holds without TLS, and on the way to a proxy", async () => {
  const from: unknown[] = [];
  const hosts: unknown[] = [];
  const server = builtin("node:http").createServer(({ socket, headers }, response) => {
    from.push(socket.remoteAddress);
    hosts.push(headers.host);
    response.writeHead(200, { "Content-Type": "text/event-stream", Connection: "close" });
    response.end("data: a\n\n");
  });
  server.on("connect", (_, socket) => {
    from.push(Reflect.get(socket, "remoteAddress"));
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  const url = await listen(server);
  const https = { localAddress: "127.0.0.2" };
  assertEquals(await outcome(url, { https }), "a");
  assertEquals(await outcome("http://name.invalid/", { https, proxy: url }), "a");
  await outcome("https://name.invalid/", { https, proxy: url });
  server.close();
  assertEquals(from, ["127.0.0.2", "127.0.0.2", "127.0.0.2"]);
  // A proxy may go by the name that is in the field.
  assertEquals(hosts, [new URL(url).host, "name.invalid"]);
}, OPTIONS);

for (
  const [name, url, head] of [
    ["a tunnel", urls.valid, "407 Proxy Authentication Required"],
    ["a request", "http://name.invalid/", "407 Proxy Authentication Required\r\nContent-Length: 9"],
  ] as const
) {
  test(`node:http: after a proxy has refused ${name}, its connection is closed`, async () => {
    const { host, held, stop } = await answering(head);
    assertEquals(
      await outcome(url, { proxy: `http://us3r:s3cret@${host}`, https: { ca } }),
      `network: Cannot connect to ${url} (through the proxy http://${host}): ` +
        "the proxy answered with status 407 (it asks for other credentials)",
    );
    await until("the connection is closed", () => held() === 0);
    stop();
  }, OPTIONS);
}

test("node:http: a tunnel that a proxy is about to open is none", async () => {
  const { host, held, stop } = await answering("100 Continue");
  assertEquals(
    await outcome(urls.valid, { proxy: `http://${host}`, https: { ca } }),
    `network: Cannot connect to ${urls.valid} (through the proxy http://${host}): ` +
      "the proxy answered with status 100",
  );
  await until("the connection is closed", () => held() === 0);
  stop();
}, NODE_ALONE);

test(
  "node:http: a source closed at the moment when its tunnel opens leaves no socket",
  async () => {
    const { host, held, stop } = await answering("200 OK");
    const module = builtin("node:http");
    const { request } = module;
    // Between what the runtime says and what the library does about it.
    module.request = ((url: URL, ...rest: []) =>
      request(url, ...rest).on("connect", () => {
        queueMicrotask(() => source.close());
      })) as typeof request;
    const source = new EventSource(urls.valid, { proxy: `http://${host}`, https: { ca } });
    try {
      await until("the source is closed", () => source.readyState === EventSource.CLOSED);
      await until("the connection is closed", () => held() === 0);
    } finally {
      module.request = request;
      source.close();
      stop();
    }
  },
  OPTIONS,
);

test("node:http: if TLS fails in a tunnel, the tunnel is closed", async () => {
  const target = new URL(urls.unknownCa);
  const { host, held, stop } = await answering("200 OK", (client) => {
    const server = builtin("node:net").connect(Number(target.port), target.hostname);
    server.on("error", () => {});
    client.pipe(server).pipe(client, { end: false });
  });
  const met = await outcome(urls.unknownCa, { proxy: `http://${host}` });
  assert(met.includes("is not signed by a trusted CA"), met);
  await until("the connection is closed", () => held() === 0);
  stop();
}, OPTIONS);

test("node:http: a socks5h: proxy is told the name", async () => {
  const server = await script(streaming("data: a\n\n"));
  const url = new URL(server.url);
  url.hostname = "localhost";
  const told = async () => (await targets("socks")).filter((target) => target === url.host).length;
  const before = await told();
  assertEquals(await outcome(url.href, { proxy: `socks5h://${proxies.socks}` }), "a");
  assertEquals(await told(), before + 1);
}, OPTIONS);

test("node:http: the proxies of Node.js are for a source that says nothing itself", async () => {
  const { Agent, globalAgent } = builtin("node:http");
  const { options } = globalAgent as unknown as {
    readonly options: { proxyEnv?: Record<string, string> | undefined };
  };
  const { connect } = builtin("node:net");
  const createConnection: CreateConnection = ({ host, port }) =>
    connect(Number(port), String(host));
  const proxy = `http://${proxies.open}`;
  const cases: [proxyEnv: Record<string, string>, init: EventSourceInit, isProxied: boolean][] = [
    [{ http_proxy: proxy }, {}, true],
    [{ http_proxy: proxy }, { proxy: false }, false],
    [{ http_proxy: proxy }, { createConnection }, false],
    [{ http_proxy: proxy }, { agent: new Agent() }, false],
    // Node.js does not read it.
    [{ all_proxy: proxy, ALL_PROXY: proxy }, {}, false],
  ];
  const kept = options.proxyEnv;
  for (const [proxyEnv, init, isProxied] of cases) {
    const server = await script(streaming("data: a\n\n"));
    options.proxyEnv = proxyEnv;
    const met = await outcome(server.url, init).finally(() => options.proxyEnv = kept);
    assertEquals(met, "a");
    assertEquals((await targets("open")).includes(server.url), isProxied, Object.keys(init).join());
  }
}, NODE_ALONE);

test("node:http: insecureHTTPParser holds without TLS", async () => {
  const headers = { "Content-Type": "text/event-stream", "X-Odd": "a\x01b" };
  const server = await script({ headers, steps: [{ write: "data: a\n\n" }] });
  assertEquals(await outcome(server.url, { https: { insecureHTTPParser: true } }), "a");
  assert((await outcome(server.url)).startsWith("network: "));
}, OPTIONS);

test("node:http: what others put on Object.prototype is no option", async () => {
  const server = await script(streaming("data: a\n\n"));
  const refused = new URL(config.refused);
  // Of nobody's network.
  const localAddress = "192.0.2.1";
  const polluted: Record<string, unknown> = {
    agent: {},
    createConnection: () => {
      throw new Error("polluted");
    },
    headers: { "X-Polluted": "yes" },
    host: refused.hostname,
    localAddress,
    port: refused.port,
    proxy: refused.href,
    rejectUnauthorized: false,
    socket: {},
    socketPath: "/nowhere",
  };
  const descriptors: [string, PropertyDescriptor][] = Object.entries(polluted)
    .map(([name, value]) => [name, { value, writable: true }]);
  // An assignment makes no member then; node:tls of Node.js before 24 relies on one, as does node:net
  // of Deno and of Bun.
  const [major] = globalThis.process.versions.node.split(".");
  if (runtimeFamily === "node" && Number(major) >= 24) {
    descriptors.push(["localAddress", { get: () => localAddress, set() {} }]);
  }
  for (const [name, descriptor] of descriptors) {
    const pollute = (): void => {
      Object.defineProperty(Object.prototype, name, { ...descriptor, configurable: true });
    };
    // What the constructor reads of its options is another matter.
    if (name === "rejectUnauthorized") pollute();
    const sources = [server.url, urls.unknownCa].map((url) =>
      new EventSource(url, { reconnection: false, https: {} })
    );
    pollute();
    const met = await Promise.all(sources.map((source) =>
      new Promise<string>((resolve) => {
        source.onmessage = ({ data }) => resolve(data);
        source.onerror = (event) => resolve(String(Reflect.get(event, "message")));
      })
    )).finally(() => Reflect.deleteProperty(Object.prototype, name));
    for (const source of sources) source.close();
    assertEquals(met[0], "a", name);
    assert(met[1]!.includes("is not signed by a trusted CA"), `${name}: ${met[1]}`);
  }
  const requests = await server.requests(1);
  assert(requests.every(({ headers }) => headers["x-polluted"] === undefined));
}, OPTIONS);

test("node:http: a proxy's answer to CONNECT has a limit", async () => {
  let sent = 0;
  const server = builtin("node:net").createServer((socket) => {
    socket.on("error", () => {});
    socket.write("HTTP/1.1 200 OK\r\n");
    const flood = (): void => {
      while (!socket.destroyed && sent < 100_000_000) {
        sent += 1000;
        if (!socket.write(`X: ${"a".repeat(995)}\r\n`)) return void socket.once("drain", flood);
      }
    };
    flood();
  });
  const { host } = new URL(await listen(server));
  const met = await outcome("https://name.invalid/", { proxy: `http://${host}` });
  server.close();
  assert(met.startsWith("network: "), met);
  assert(met.includes(`(through the proxy http://${host}): `), met);
  assert(sent < 20_000_000, `${sent} bytes were taken`);
}, OPTIONS);

test("node:http: a failure of TLS says whose it is, and what helps", async () => {
  const plain = new URL(`http://${proxies.control}/`);
  const asHttps = `https://${proxies.control}/`;
  const http = `http://${proxies.open}`;
  const cases: [url: string, init: EventSourceInit, text: string][] = [
    [urls.unknownCa, {}, "the certificate of the server is not signed by a trusted CA"],
    [urls.selfSigned, {}, "the certificate of the server is not signed by a trusted CA"],
    [urls.unknownCa, {}, ": give its CA as https: { ca }"],
    [urls.wrongName, { https: { ca } }, "the certificate of the server is refused: Hostname/IP"],
    [
      urls.clientCertificate,
      { https: { ca } },
      "the server asks for a client certificate (certificate required): give https: { cert, key }",
    ],
    [
      asHttps,
      {},
      "the server does not speak TLS (wrong version number): use http: in its URL",
    ],
  ];
  for (const [url, init, text] of cases) {
    for (const proxy of [false, http] as const) {
      const met = await outcome(url, { ...init, proxy });
      const via = proxy ? ` (through the proxy ${proxy})` : "";
      assert(met.startsWith(`network: Cannot connect to ${url}${via}: `), met);
      assert(met.includes(text), met);
      assert(!/deps|SSL routines|OPENSSL/.test(met), met);
    }
  }
  const proxy = `https://${plain.host}`;
  for (const url of [urls.valid, plain.href]) {
    const met = await outcome(url, { proxy, https: { ca } });
    assert(met.includes(`(through the proxy ${proxy}): the proxy does not speak TLS`), met);
  }
  const own = `https://${new URL(urls.unknownCa).host}`;
  const met = await outcome(urls.valid, { proxy: own, https: { ca: unknownCa } });
  assert(met.includes("the certificate of the proxy is not signed by a trusted CA"), met);
  assert(!met.includes("give its CA"), met);
}, OPTIONS);
