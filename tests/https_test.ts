import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  EventSource,
  EventSourceErrorEvent,
  type EventSourceInit,
  type HttpsOptions,
} from "@x/eventsource";
import { config, isNodeHttp, runtimeFamily, test } from "./harness.ts";
import { script, streaming } from "./scripted.ts";
import { fakeFetch, firstOf, streamOf } from "./sources.ts";

const { urls, ca, unknownCa, client } = config.tls;

/** Whose fetch the tests run on, if on one. */
const isDeno = runtimeFamily === "deno" && !isNodeHttp;
const isBun = runtimeFamily === "bun" && !isNodeHttp;

const BUN_ALONE = isBun ? {} : { skip: { [runtimeFamily]: "is about Bun's fetch" } };

const REFUSED = {
  workerd: "tested below: refused",
  "node-fetch": "tested below: refused",
  browser: "tested below: refused",
};
const NO_LENIENCY = {
  ...REFUSED,
  ...(isDeno ? { deno: "tested below: refused" } : {}),
};

/** The first message, or why there is none. */
async function first(url: string, init: EventSourceInit): Promise<string | undefined> {
  const event = await firstOf(url, init);
  if (event instanceof EventSourceErrorEvent) return `error: ${event.reason}`;
  return event instanceof MessageEvent ? event.data : undefined;
}

test("https: a CA of your own is trusted", async () => {
  assertEquals(await first(urls.unknownCa, { https: { ca: unknownCa } }), "secure");
  assertEquals(await first(urls.unknownCa, { https: { ca: [ca, unknownCa] } }), "secure");
  const bytes = new TextEncoder().encode(unknownCa);
  assertEquals(await first(urls.unknownCa, { https: { ca: bytes } }), "secure");
}, { skip: REFUSED });

test(
  "https: a CA of your own is trusted alone, or by Deno's fetch besides others",
  async () => {
    const outcome = await first(urls.valid, { https: { ca: unknownCa } });
    assertEquals(outcome, isDeno ? "secure" : "error: network");
  },
  { skip: REFUSED },
);

test("https: {} leaves verification on", async () => {
  assertEquals(await first(urls.unknownCa, { https: {} }), "error: network");
});

test("https: rejectUnauthorized: false takes any certificate", async () => {
  for (const url of [urls.expired, urls.wrongName, urls.unknownCa]) {
    assertEquals(await first(url, { https: { rejectUnauthorized: false } }), "secure");
    assertEquals(await first(url, { https: { rejectUnauthorized: true } }), "error: network");
  }
}, { skip: NO_LENIENCY });

test("https: a client certificate is shown", async () => {
  assertEquals(await first(urls.clientCertificate, { https: { ca, ...client } }), "test server");
  assertEquals(await first(urls.clientCertificate, { https: { ca } }), "error: network");
}, { skip: REFUSED });

test("https: the client's identity and leniency stay on their origin", async () => {
  const to = (location: string) =>
    `${urls.clientCertificate}?location=${encodeURIComponent(location)}`;
  const https = { ca, ...client };
  // The same origin sees the certificate again; another, which asks for one too, gets none.
  assertEquals(await first(to("/"), { https }), "test server");
  assertEquals(
    await first(`${urls.valid}?location=${encodeURIComponent(urls.clientCertificate)}`, { https }),
    "error: network",
  );
  // The CAs, which identify nobody, are trusted there too.
  const both = { ca: [ca, unknownCa], ...client };
  const unknown = encodeURIComponent(urls.unknownCa);
  assertEquals(await first(`${urls.valid}?location=${unknown}`, { https: both }), "secure");
  if (isDeno) return;
  const lenient = { rejectUnauthorized: false };
  assertEquals(
    await first(`${urls.expired}?location=${encodeURIComponent(urls.unknownCa)}`, {
      https: lenient,
    }),
    "error: network",
  );
}, { skip: REFUSED });

test("https: what stayed behind stays behind on later hops within the other origin", async () => {
  const to = (url: string, location: string) => `${url}?location=${encodeURIComponent(location)}`;
  const https = { ca, ...client };
  const other = urls.optionalCertificate;
  assertEquals(await first(other, { https }), "test server");
  assertEquals(await first(to(other, "/"), { https }), "test server");
  assertEquals(await first(to(urls.valid, to(other, "/")), { https }), "nobody");
}, { skip: REFUSED });

test("https: options of node:tls are passed on", async () => {
  assertEquals(
    await first(urls.valid, { https: { ca, minVersion: "TLSv1.3", maxVersion: "TLSv1.3" } }),
    "secure",
  );
  assertEquals(
    await first(urls.wrongName, { https: { ca, checkServerIdentity: () => undefined } }),
    "secure",
  );
}, {
  skip: {
    ...NO_LENIENCY,
    ...(isNodeHttp ? {} : { bun: "its fetch has no such options" }),
  },
});

test("https: a member that is undefined is none", () => {
  const signal = AbortSignal.abort();
  const https = { rejectUnauthorized: undefined, ca: undefined, servername: undefined };
  new EventSource("https://localhost/", { signal, https });
});

/** What honours an option that a user's fetch cannot. */
const WAY_OUT = isNodeHttp ? "leave fetch out" : '"@x/eventsource/node"';

test("agent: it and createConnection are refused where requests go through a fetch", () => {
  const { fetch } = fakeFetch(() => streamOf());
  const agent = { addRequest() {}, destroy() {} };
  for (const init of [{ agent }, { agent: () => agent }, { createConnection: () => null }]) {
    const [member] = Object.keys(init);
    if (!isNodeHttp) {
      assertThrows(
        () => new EventSource("https://localhost/", init),
        TypeError,
        `fetch cannot honour ${member}; node:http can ("@x/eventsource/node")`,
      );
    }
    assertThrows(
      () => new EventSource("https://localhost/", { fetch, ...init }),
      TypeError,
      `fetch cannot honour ${member}; node:http can (${WAY_OUT})`,
    );
  }
});

test("https: a failure of TLS says what helps", async () => {
  const event = await firstOf(urls.unknownCa, {});
  const message = String(Reflect.get(event, "message"));
  const text = "the certificate of the server is not signed by a trusted CA";
  assert(message.includes(text) && message.endsWith(": give its CA as https: { ca }"), message);
  // Behind a redirect, too, what the runtime said is the cause.
  const server = await script({ status: 302, headers: { Location: urls.unknownCa } });
  const behind = await firstOf(server.url, {});
  assert(Reflect.get(Object(Reflect.get(behind, "error")), "cause") instanceof Error);
}, { skip: REFUSED });

test("https: what a fetch cannot honour is refused by name, with what can", () => {
  const refused: EventSourceInit[] = isDeno
    ? [{ https: { rejectUnauthorized: false } }, { https: { servername: "x" } }]
    : isBun
    ? ["agent", "lookup", "minVersion", "pfx"].map((member) => ({ https: { [member]: {} } }))
    : [{ https: { ca } }, { https: { rejectUnauthorized: false } }];
  for (const init of refused) {
    const [member] = Object.keys(init.https ?? {});
    assertThrows(
      () => new EventSource("https://localhost/", init),
      TypeError,
      `cannot honour https.${member}; node:http can ("@x/eventsource/node")`,
    );
  }
}, isNodeHttp ? { skip: { [runtimeFamily]: "node:https takes all" } } : {});

test("https: the client's identity and leniency are refused where a proxy would share them", () => {
  const proxy = "https://us3r:s3cret@localhost";
  for (const https of [{ rejectUnauthorized: false }, client, { checkServerIdentity() {} }]) {
    const [member] = Object.keys(https);
    const { message } = assertThrows(
      () => new EventSource("https://localhost/", { https, proxy }),
      TypeError,
      `cannot honour https.${member} with an https: proxy; node:http can ("@x/eventsource/node")`,
    );
    assert(!/s3cret|us3r/.test(message), message);
  }
  const signal = AbortSignal.abort();
  new EventSource("https://localhost/", { https: { ca }, proxy, signal });
  new EventSource("https://localhost/", {
    https: { rejectUnauthorized: false },
    proxy: "http://localhost",
    signal,
  });
}, BUN_ALONE);

test("https: the same is refused where the environment names such a proxy", async () => {
  const { env } = globalThis.process;
  const kept = env["https_proxy"];
  env["https_proxy"] = "https://us3r:s3cret@localhost";
  try {
    const https = { rejectUnauthorized: false };
    const met = await firstOf("https://name.invalid/", { https, proxy: "env" });
    const { reason, message } = met as EventSourceErrorEvent;
    assertEquals(
      [reason, message],
      [
        "unsupported",
        "Cannot connect to https://name.invalid/: Bun's fetch cannot honour " +
        "https.rejectUnauthorized with an https: proxy",
      ],
    );
  } finally {
    if (kept === undefined) delete env["https_proxy"];
    else env["https_proxy"] = kept;
  }
}, BUN_ALONE);

test("https: servername is the name that the certificate must be for", async () => {
  // Bun 1.4.0 compares addresses with names alone.
  if (config.runtime !== "bun-oldest") {
    const right = await firstOf(urls.wrongName, { https: { ca, servername: "192.0.2.1" } });
    assertEquals(right.type, "message");
  }
  const wrong = await firstOf(urls.valid, { https: { ca, servername: "192.0.2.1" } });
  assertEquals(wrong.type, "error");
}, BUN_ALONE);

test("https: is refused along with a fetch of one's own, and wrong types are", () => {
  const { fetch } = fakeFetch(() => streamOf());
  assertThrows(
    () =>
      new EventSource("https://localhost/", {
        fetch,
        https: { rejectUnauthorized: undefined, ca },
      }),
    TypeError,
    `fetch cannot honour https.ca; node:http can (${WAY_OUT})`,
  );
  assertThrows(
    () => new EventSource("https://localhost/", { https: 5 as never }),
    TypeError,
    "https must be an object, got number",
  );
});

test("https: a misspelt member is refused, with the one that was meant", () => {
  const wrong = {
    rejectUnauthorised: 'https has no member "rejectUnauthorised" (did you mean ' +
      "https.rejectUnauthorized?)",
    serverName: 'https has no member "serverName" (did you mean https.servername?)',
    cacert: 'https has no member "cacert" (did you mean https.ca?)',
    anythingElse: 'https has no member "anythingElse"',
  };
  for (const [name, text] of Object.entries(wrong)) {
    const https = { [name]: false } as HttpsOptions;
    const { message } = assertThrows(
      () => new EventSource("https://localhost/", { https }),
      TypeError,
    );
    assertEquals(message, `Cannot construct EventSource: ${text}`);
  }
}, { skip: REFUSED });

const OTHER_TEXT = 'must be PEM ("-----BEGIN ..."), got other text: read the file, if it is a path';

test("https: wrong values are refused at once, by name", () => {
  const { cert, key } = client;
  const wrong: [HttpsOptions, string][] = [
    [
      { rejectUnauthorized: "false" as never },
      "https.rejectUnauthorized must be a boolean, got string",
    ],
    [{ ca: 5 as never }, 'https.ca must be PEM ("-----BEGIN ..."), got number'],
    [{ ca: "./ca.pem" }, `https.ca ${OTHER_TEXT}`],
    [{ ca: [ca, ""] }, `https.ca ${OTHER_TEXT}`],
    [{ ca: new Uint8Array([0x30]) }, 'https.ca must be PEM ("-----BEGIN ..."), got other bytes'],
    [{ cert: null as never, key }, 'https.cert must be PEM ("-----BEGIN ..."), got null'],
    [{ cert }, "https.cert and https.key go together"],
    [{ key }, "https.cert and https.key go together"],
  ];
  const kinds = {
    ArrayBuffer: new ArrayBuffer(1),
    Blob: new Blob([ca]),
    URL: new URL("file:///ca.pem"),
    DataView: new DataView(new ArrayBuffer(1)),
    Map: new Map([["s3cret", ca]]),
    Object: { toString: () => ca },
    Array: [ca],
    Promise: Promise.resolve(ca),
  };
  for (const member of ["ca", "cert", "crl", "dhparam", "key"]) {
    for (const [kind, value] of Object.entries(kinds)) {
      const text = `https.${member} must be PEM ("-----BEGIN ..."), got ${kind}`;
      if (kind !== "Array") wrong.push([{ [member]: value }, text]);
      wrong.push([{ [member]: [value] }, text]);
    }
  }
  // Bun's fetch, Deno 2.4 and Deno's node:tls find out when they connect.
  const knowsAtOnce = config.runtime === "deno" || isNodeHttp && runtimeFamily !== "deno";
  if (knowsAtOnce) wrong.push([{ cert: ca, key }, "https cannot be used: "]);
  for (const [https, text] of wrong) {
    const { message } = assertThrows(
      () => new EventSource("https://localhost/", { https }),
      TypeError,
      text,
    );
    assert(!message.includes("s3cret"), message);
  }
}, {
  skip: REFUSED,
});

test(
  "https: a key with a passphrase of its own is taken by node:https, or refused by name",
  async () => {
    const { cert, key } = client;
    const https = { ca, cert, key: [{ pem: key, passphrase: "s3cret" }] } as never;
    if (isNodeHttp && runtimeFamily !== "deno") {
      assertEquals(await first(urls.clientCertificate, { https }), "test server");
    } else {
      const { message } = assertThrows(
        () => new EventSource("https://localhost/", { https }),
        TypeError,
        'https.key must be PEM ("-----BEGIN ..."), got Object',
      );
      assert(!message.includes("s3cret"), message);
    }
  },
  { skip: REFUSED },
);

test("https: a source without TLS is not bothered by the options", async () => {
  const server = await script(streaming("data: a\n\n"));
  assertEquals(await first(server.url, { https: { ca } }), "a");
  await server.closed(1);
}, { skip: REFUSED });

test("https: error.response can be read although the source is closed", async () => {
  const server = await script({
    status: 500,
    steps: [{ write: "a" }, { wait: 30 }, { write: "b" }, "end"],
  });
  const source = new EventSource(server.url, { https: { ca } });
  const text = await new Promise<unknown>((resolve) => {
    source.onerror = ({ response }) => resolve(response?.text());
  });
  assertEquals([text, source.readyState], ["ab", EventSource.CLOSED]);
}, { skip: REFUSED });
