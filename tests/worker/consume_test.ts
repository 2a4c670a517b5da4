/** The example's route that reads a stream until it says what was asked for. */

import { connect } from "node:net";
import { assertEquals } from "@std/assert";
import { config, delay } from "../harness.ts";
import { ending, script, streaming } from "../scripted.ts";
import { startExample, testWorkers } from "./example.ts";

function wind(speed: number): string {
  return `event: wind\ndata: {"speed":${speed}}\n\n`;
}

testWorkers("/wind answers once the condition is met, and closes its upstream", async (compat) => {
  const upstream = await script(
    ending('data: {"celsius":1,"speed":99}\n\n' + wind(3)),
    { steps: [{ write: wind(4) }, { wait: 50 }, { write: wind(7) + wind(8) }] },
  );
  await using worker = await startExample(compat, { UPSTREAM: upstream.url });
  const response = await fetch(`${worker.url}/wind?above=5`);
  assertEquals([response.status, await response.json()], [200, { speed: 7 }]);
  await upstream.closed(2);
  const requests = await upstream.requests(2);
  assertEquals(requests.map(({ headers }) => headers["authorization"]), [
    "Bearer secret",
    "Bearer secret",
  ]);
});

testWorkers("/wind gives up after a time, and closes its upstream", async (compat) => {
  const upstream = await script(streaming(wind(3)));
  await using worker = await startExample(compat, { UPSTREAM: upstream.url, WAIT: 200 });
  const response = await fetch(`${worker.url}/wind?above=5`, {
    signal: AbortSignal.timeout(10_000),
  });
  assertEquals([response.status, await response.json()], [504, {
    error: "No wind above 5 in 200 ms",
  }]);
  await upstream.closed(1);
  assertEquals(await upstream.count(), 1);
});

testWorkers("/wind closes its upstream when its client goes away", async (compat) => {
  const upstream = await script(streaming(wind(3)));
  await using worker = await startExample(compat, { UPSTREAM: upstream.url, WAIT: 60_000 });
  const client = connect(Number(new URL(worker.url).port), "127.0.0.1");
  client.write("GET /wind?above=5 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await upstream.requests(1);
  // A connection that is closed in good order, workerd takes for one that may still be read.
  client.resetAndDestroy();
  await upstream.closed(1);
  // It is not that a new connection has taken its place.
  await delay(300);
  assertEquals(await upstream.count(), 1);
});

testWorkers("/wind asks no upstream for a wind that is no number", async (compat) => {
  const upstream = await script(streaming(wind(3)));
  await using worker = await startExample(compat, { UPSTREAM: upstream.url });
  for (const query of ["", "?above=", "?above=strong"]) {
    const response = await fetch(`${worker.url}/wind${query}`, {
      signal: AbortSignal.timeout(10_000),
    });
    assertEquals([response.status, await response.json()], [400, {
      error: "Say how strong: /wind?above=5",
    }]);
  }
  assertEquals(await upstream.count(), 0);
});

testWorkers("/wind says what is wrong with the upstream", async (compat) => {
  const failing = await script({ status: 503 });
  const page = await script({ headers: { "Content-Type": "text/html" }, steps: ["end"] });
  const cut = await script({ steps: [{ write: wind(3) }, "cut"] }, { steps: ["cut"] });
  const upstreams = [
    [failing.url, "answered with status 503, not 200"],
    [page.url, 'answered with content-type "text/html", not text/event-stream'],
    [config.refused, `Cannot connect to ${config.refused}`],
    [cut.url, cut.url],
  ] as const;
  for (const [url, message] of upstreams) {
    await using worker = await startExample(compat, { UPSTREAM: url });
    const response = await fetch(`${worker.url}/wind?above=5`);
    // The client is not told where the upstream is; the log is.
    assertEquals([response.status, await response.json()], [502, {
      error: "The upstream has failed",
    }]);
    await worker.printed(message);
  }
  assertEquals([await failing.count(), await page.count()], [1, 1]);
  await cut.closed(3);
  assertEquals(await cut.count(), 3);
});
