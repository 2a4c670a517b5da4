/** The example's route that hands a stream on. */

import { connect } from "node:net";
import { assert, assertEquals } from "@std/assert";
import { config, delay } from "../harness.ts";
import { ending, script, streaming } from "../scripted.ts";
import { startExample, testWorkers } from "./example.ts";
import { openReader } from "./reader.ts";

testWorkers("/fahrenheit changes events, and keeps what else they are", async (compat) => {
  const upstream = await script(
    ending(
      'id: 8\ndata: {"celsius":10,\ndata: "at":"now"}\n\n: comment\n\n',
      "event: wind\nid: \u20AC\ndata: a\ndata:\ndata:  b\n\ndata: c\n\nid: 11\ndata: not complete\n",
    ),
  );
  await using worker = await startExample(compat, { UPSTREAM: upstream.url });
  // The client's own secrets are none of the upstream's business.
  const headers = { Authorization: "Basic client", Cookie: "session=7" };
  const reader = await openReader(`${worker.url}/fahrenheit`, { lastEventId: "7", headers });
  assertEquals(await reader.rest(), {
    messages: [
      { id: "8", event: undefined, data: '{"at":"now","fahrenheit":50}' },
      { id: "\u20AC", event: "wind", data: "a\n\n b" },
      { id: undefined, event: undefined, data: "c" },
    ],
    broken: false,
  });
  const [request] = await upstream.requests(1);
  assertEquals(
    ["authorization", "last-event-id", "cookie"].map((name) => request?.headers[name]),
    ["Bearer secret", "7", undefined],
  );
});

testWorkers("/fahrenheit breaks off where the upstream does", async (compat) => {
  const upstream = await script({
    steps: [{ write: "id: 1\ndata: a\n\n" }, { wait: 50 }, "reset"],
  });
  await using worker = await startExample(compat, { UPSTREAM: upstream.url });
  const reader = await openReader(`${worker.url}/fahrenheit`);
  const { messages } = await reader.rest();
  assertEquals(messages.map(({ data }) => data), ["a"]);
});

testWorkers("/fahrenheit closes its upstream when its client goes away", async (compat) => {
  const steps = [
    { write: "data: a\n\n" },
    ...Array(50).fill([{ write: ":\n" }, { wait: 100 }]).flat(),
  ];
  const upstream = await script({ steps });
  await using worker = await startExample(compat, { UPSTREAM: upstream.url });
  const reader = await openReader(`${worker.url}/fahrenheit`);
  await reader.next(1);
  reader.read();
  await reader.commented();
  reader.abort();
  // A heartbeat cannot be written: until then, workerd does not see it.
  await upstream.closed(1);
});

testWorkers("/fahrenheit breaks off where an event has no end", async (compat) => {
  const upstream = await script(streaming("data: a\n\ndata: ", "x".repeat(2 * 1024 * 1024)));
  await using worker = await startExample(compat, { UPSTREAM: upstream.url });
  const { messages, broken } = await (await openReader(`${worker.url}/fahrenheit`)).rest();
  assertEquals([messages.map(({ data }) => data), broken], [["a"], true]);
  await upstream.closed(1);
});

testWorkers(
  "/fahrenheit does not wait for an upstream when its client has gone",
  async (compat) => {
    const upstream = await script({ after: 60_000 });
    await using worker = await startExample(compat, { UPSTREAM: upstream.url });
    const client = connect(Number(new URL(worker.url).port), "127.0.0.1");
    client.write("GET /fahrenheit HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await upstream.requests(1);
    client.resetAndDestroy();
    await upstream.closed(1);
  },
);

testWorkers("/fahrenheit leaves what is no temperature as it is", async (compat) => {
  const data = ['{"humidity":40}', '{"celsius":"warm"}', "{a set}", "[1]", '"celsius"'];
  const upstream = await script(ending(...data.map((text) => `data: ${text}\n\n`)));
  await using worker = await startExample(compat, { UPSTREAM: upstream.url });
  const { messages, broken } = await (await openReader(`${worker.url}/fahrenheit`)).rest();
  assertEquals([messages.map((message) => message.data), broken], [data, false]);
});

testWorkers("/fahrenheit reads no faster than its client", async (compat) => {
  const limit = 32 * 1024 * 1024;
  const upstream = await script({ steps: [{ flood: limit }, "end"] });
  await using worker = await startExample(compat, { UPSTREAM: upstream.url });
  const reader = await openReader(`${worker.url}/fahrenheit`);
  let flooded = -1;
  for (let now = 0; now > flooded; now = await upstream.flooded()) {
    flooded = now;
    await delay(300);
  }
  assert(flooded > 0 && flooded < 24 * 1024 * 1024, `${flooded} bytes were taken`);
  // It goes on where it was.
  const { messages, broken } = await reader.rest();
  assertEquals([messages.length, broken], [limit / (64 * 1024), false]);
});

testWorkers("/fahrenheit says what is wrong with the upstream", async (compat) => {
  const upstream = await script(
    { status: 503 },
    { headers: { "Content-Type": "text/event-streamish" } },
    { status: 302, headers: { Location: config.otherServer } },
    { status: 204 },
  );
  {
    await using worker = await startExample(compat, { UPSTREAM: upstream.url });
    const answers: [number, string][] = [];
    for (let count = 0; count < 4; count++) {
      const response = await fetch(`${worker.url}/fahrenheit`, {
        signal: AbortSignal.timeout(10_000),
      });
      answers.push([response.status, await response.text()]);
    }
    assertEquals(answers, [
      [502, "The upstream answered with 503, text/event-stream\n"],
      [502, "The upstream answered with 200, text/event-streamish\n"],
      [502, "The upstream answered with 302, no content type\n"],
      [204, ""],
    ]);
    await upstream.closed(4);
  }
  await using worker = await startExample(compat, { UPSTREAM: config.refused });
  const response = await fetch(`${worker.url}/fahrenheit`);
  assertEquals(response.status, 502);
  assertEquals(await response.text(), "The upstream cannot be reached\n");
  await worker.printed("Cannot reach the upstream: ");
});
