/**
 * A proxy that others have written and many networks have: squid.
 */

import { assert, assertEquals } from "@std/assert";
import { EventSource } from "@x/eventsource";
import { config, isNodeHttp, runtimeFamily, test } from "./harness.ts";
import { script, streaming } from "./scripted.ts";
import { messages, nextError } from "./sources.ts";

const { control, squid } = config.proxies;
const { ca, urls } = config.tls;

const WITHOUT = "there is no /usr/sbin/squid: apt-get install squid, " +
  "or name it in the environment variable SQUID";
const REFUSED = "proxies are refused: see proxy_test.ts";
const skip = squid === ""
  ? { [runtimeFamily]: WITHOUT, [config.runtime]: WITHOUT }
  : { workerd: REFUSED, browser: REFUSED, "node-fetch": REFUSED };

/** Whether credentials for a proxy of http: are refused where the target is one of https:. */
const isDenoFetch = runtimeFamily === "deno" && !isNodeHttp;

/** A squid: the port that everybody may use, and the one that wants credentials. */
interface Ports {
  readonly id: number;
  readonly open: number;
  readonly authenticated: number;
}

async function command(path: string): Promise<Ports> {
  const response = await fetch(`http://${control}/${path}`);
  const answer = await response.json();
  if (response.status !== 200) throw new Error(answer);
  return answer;
}

/** Runs a test with a squid of its own. */
async function withSquid(run: (ports: Ports) => Promise<void>): Promise<void> {
  const ports = await command("start");
  try {
    await run(ports);
  } finally {
    await command(`kill/${ports.id}`);
  }
}

test("squid: is gone through, with credentials and without, to http: and https:", async () => {
  await withSquid(async ({ open, authenticated }) => {
    const server = await script(streaming("data: a\n\n"), streaming("data: a\n\n"));
    for (const url of [server.url, urls.valid]) {
      for (const host of [`127.0.0.1:${open}`, `us3r:p%40ss@127.0.0.1:${authenticated}`]) {
        if (isDenoFetch && url !== server.url && host.includes("@")) continue;
        const source = new EventSource(url, { proxy: `http://${host}`, https: { ca } });
        const [message] = await messages(source, 1);
        assertEquals(message?.data, url === server.url ? "a" : "secure");
        source.close();
      }
    }
    for (const { headers } of await server.requests(2)) {
      // squid says that it was there.
      assert(headers["via"]?.includes("squid"), headers["via"]);
      assertEquals(headers["proxy-authorization"], undefined);
    }
    await server.closed(2);
  });
}, { skip });

test("squid: what it refuses is told by its answer, and retried", async () => {
  await withSquid(async ({ open, authenticated }) => {
    const server = await script(streaming("data: a\n\n"));
    const wrong = `wr0ng:s3cret@127.0.0.1:${authenticated}`;
    const rows = [
      [server.url, `127.0.0.1:${authenticated}`, 407],
      [server.url, wrong, 407],
      [urls.valid, isDenoFetch ? `127.0.0.1:${authenticated}` : wrong, 407],
      ["https://refused.test/", `127.0.0.1:${open}`, 403],
      // Nobody listens there.
      ["https://127.0.0.1:1/", `127.0.0.1:${open}`, 503],
    ] as const;
    for (const [url, host, status] of rows) {
      const source = new EventSource(url, { proxy: `http://${host}`, https: { ca } });
      const { reason, message, willReconnect } = await nextError(source);
      source.close();
      // Bun 1.4.0 takes it for the server's response, unless it is 407.
      const isTaken = config.runtime === "bun-oldest" && url.startsWith("https:") && status !== 407;
      const expected = isTaken ? ["status", false] : ["network", true];
      assertEquals([reason, willReconnect], expected, message);
      if (isTaken) continue;
      const via = `(through the proxy http://127.0.0.1:${status === 407 ? authenticated : open}): `;
      assert(message.includes(via), message);
      assert(!/wr0ng|s3cret/.test(message), message);
      // Of what is answered to CONNECT, a fetch does not tell more.
      if (!isNodeHttp && url !== server.url) continue;
      const hint = status === 407 ? " (it asks for other credentials)" : "";
      assert(message.endsWith(`: the proxy answered with status ${status}${hint}`), message);
    }
    assertEquals(await server.count(), 0);
  });
}, { skip });

test("squid: its own answer in the place of the server's is one like any other", async () => {
  await withSquid(async ({ open }) => {
    const source = new EventSource("http://refused.test/", { proxy: `http://127.0.0.1:${open}` });
    const { reason, status, message } = await nextError(source);
    assertEquals([reason, status], ["status", 403]);
    assert(message.includes(`(through the proxy http://127.0.0.1:${open}) answered with`), message);
  });
}, { skip });

for (const scheme of ["http", "https"]) {
  test(
    `squid: where it goes away, the ${scheme}: stream breaks off, and goes on with it`,
    async () => {
      await withSquid(async ({ id, open }) => {
        const server = await script(
          streaming("id: 1\nretry: 50\ndata: a\n\n"),
          streaming("data: b\n\n"),
        );
        const url = scheme === "http" ? server.url : urls.valid;
        const source = new EventSource(url, {
          proxy: `http://127.0.0.1:${open}`,
          https: { ca },
          reconnection: { delay: 50, factor: 1 },
        });
        const [first] = await messages(source, 1);
        const ended = nextError(source);
        await command(`kill/${id}`);
        assertEquals((await ended).reason, "network");
        const again = messages(source, 1);
        await command(`start/${id}`);
        const [second] = await again;
        source.close();
        assertEquals(
          [first?.data, second?.data],
          scheme === "http" ? ["a", "b"] : ["secure", "secure"],
        );
        if (scheme === "https") return;
        const [, next] = await server.requests(2);
        assertEquals(next?.headers["last-event-id"], "1");
      });
    },
    { skip },
  );
}
