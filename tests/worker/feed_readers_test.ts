/** The example's feed: how many readers there may be, and what a slow one may cost. */

import { assert, assertEquals } from "@std/assert";
import { connect, type Socket } from "node:net";
import { NEWEST_WORKERS } from "../../scripts/workerd.ts";
import { delay, test, until } from "../harness.ts";
import { startExample } from "./example.ts";
import { idsOf, numbered, range, testFeed } from "./feed.ts";
import { openReader } from "./reader.ts";
import { startUpstream } from "./upstream.ts";

/**
 * How much workerd may take for readers that read nothing, besides what readers take that read, in
 * MB. On an idle machine it is 17. workerd keeps 20 chunks of each response that nobody takes.
 */
const MOST_MEMORY = 32;

/** The example, with a route that has its garbage collected. */
const collecting = `
import worker from "${new URL("../../examples/worker/worker.ts", import.meta.url)}";

export * from "${new URL("../../examples/worker/worker.ts", import.meta.url)}";

export default {
  fetch(request, env) {
    if (new URL(request.url).pathname !== "/collect") return worker.fetch(request, env);
    gc();
    return new Response("collected");
  },
};
`;

/** Nine tenths of the largest event. */
const large = "x".repeat(900_000);

testFeed("cuts off a reader for whom too much waits, and no other", async (fixture) => {
  const { upstream, worker, url } = fixture;
  const [stuck, reader] = [await openReader(url), await openReader(url)];
  await upstream.until(({ open }) => open === 1);
  let events = 0;
  const publish = async (): Promise<void> => {
    upstream.publish({ data: large });
    assertEquals(idsOf(await reader.next(1)), [++events]);
  };
  // The system takes some of them first, and how many differs. There is a place once one is cut off.
  for (let status = 503; status === 503 && events < 30;) {
    await publish();
    const response = await fetch(url);
    await response.body?.cancel();
    status = response.status;
  }
  // By this, the relay finds that the one who had the place has gone.
  await publish();
  // In good order, and in the middle of an event: that one is not complete.
  const { messages, broken } = await stuck.rest();
  assertEquals([idsOf(messages), broken], [range(1, messages.length), false]);
  assert(messages.length < events, `${messages.length}`);
  const back = await openReader(url, { lastEventId: `${messages.length}` });
  const rest = await back.next(events - messages.length);
  assertEquals(idsOf(rest), range(messages.length + 1, events));
  upstream.publish({ data: large });
  const last = [await reader.next(1), await back.next(1)];
  assertEquals(last.map(idsOf), [[events + 1], [events + 1]]);
  assertEquals(/uncaught/i.exec(worker.output), null, worker.output);
}, { READERS: 2 });

testFeed("does not cut off a reader that is slow, but reads", async ({ upstream, url }) => {
  const [slow, reader] = [await openReader(url), await openReader(url)];
  await upstream.until(({ open }) => open === 1);
  // In no round is more waiting than there may be; in all of them there is.
  const [rounds, events] = [3, 4];
  for (let id = 1; id <= rounds * events; id++) {
    upstream.publish({ data: large });
    assertEquals(idsOf(await reader.next(1)), [id]);
    if (id % events > 0) continue;
    assertEquals(idsOf(await slow.next(events)), range(id - events + 1, id));
  }
});

testFeed("cuts off a reader that takes nothing of what it has missed", async (fixture) => {
  const { upstream, worker, url } = fixture;
  const events = 12;
  const reader = await openReader(url);
  await upstream.until(({ open }) => open === 1);
  for (let id = 1; id <= events; id++) {
    upstream.publish({ data: large });
    await reader.next(1);
  }
  await worker.kill();
  await worker.start();
  const stuck = await openReader(url, { lastEventId: "0" });
  await upstream.until(({ open }) => open === 1);
  // The system takes some of it first, which takes a while.
  for (let waits = 0; upstream.open > 0 && waits < 600; waits++) await delay(100);
  assertEquals(upstream.open, 0);
  const { messages, broken } = await stuck.rest();
  assertEquals([idsOf(messages), broken], [range(1, messages.length), false]);
  assert(messages.length < events, `${messages.length}`);
}, { HEARTBEAT: 200, LINGER: 200 });

testFeed("sends heartbeats of its own", async ({ upstream, url }) => {
  const reader = await openReader(url);
  await upstream.until(({ open }) => open === 1);
  reader.read();
  await reader.commented();
}, { HEARTBEAT: 300 });

testFeed("closes a silent upstream when nobody reads, and goes on later", async (fixture) => {
  const { upstream, url } = fixture;
  const reader = await openReader(url);
  await upstream.until(({ open }) => open === 1);
  upstream.publish(...numbered(1, 2));
  assertEquals(idsOf(await reader.next(2)), [1, 2]);
  reader.abort();
  await upstream.until(({ open }) => open === 0);
  upstream.publish(...numbered(3, 5));
  const back = await openReader(url, { lastEventId: "1" });
  assertEquals(idsOf(await back.next(4)), [2, 3, 4, 5]);
  assertEquals(upstream.requests, ["", "2"]);
}, { HEARTBEAT: 100, LINGER: 200 });

testFeed("keeps the upstream for a reader that comes in time", async ({ upstream, url }) => {
  const reader = await openReader(url);
  await upstream.until(({ open }) => open === 1);
  reader.abort();
  await delay(400);
  const next = await openReader(url);
  // The relay has looked for readers in the meantime.
  await delay(2000);
  upstream.publish({ data: "event 1" });
  assertEquals(idsOf(await next.next(1)), [1]);
  assertEquals(upstream.requests, [""]);
}, { HEARTBEAT: 100, LINGER: 1500 });

testFeed("has another relay for a reader that finds one full, then none", async (fixture) => {
  const { upstream, url } = fixture;
  const readers = await Promise.all(range(1, 4).map(() => openReader(url)));
  await upstream.until(({ open }) => open === 1);
  const refused = await fetch(url);
  assertEquals([refused.status, await refused.text()], [503, "No relay has a place\n"]);
  const wait = Number(refused.headers.get("Retry-After"));
  assert(wait >= 5 && wait <= 15, `${wait}`);
  upstream.publish({ data: "a" });
  for (const reader of readers) assertEquals(idsOf(await reader.next(1)), [1]);
  // A place that somebody has left is found by a heartbeat.
  readers[0]!.abort();
  await until("there is a place", async () => {
    const response = await fetch(url);
    await response.body?.cancel();
    return response.status === 200;
  });
}, { RELAYS: 2, READERS: 2, HEARTBEAT: 100 });

test("Worker: /feed holds little for 300 readers that read nothing", async () => {
  await using upstream = startUpstream();
  const compatibility = { date: NEWEST_WORKERS, nodeCompat: false };
  const folder = await Deno.makeTempDir();
  const socket = `${folder}/socket`;
  await using worker = await startExample(compatibility, { UPSTREAM: upstream.url }, {
    text: collecting,
    socket,
    v8Flags: ["--expose-gc", "--max-semi-space-size=1"],
  });
  const reader = await openReader(`${worker.url}/feed`);
  /** Sends events; what workerd holds then, in MB. */
  const memory = async (events: number, data: string): Promise<number> => {
    for (let count = 0; count < events; count++) {
      upstream.publish({ data });
      await reader.next(1);
      // Each time: what has once been taken from the system is not given back.
      await (await fetch(`${worker.url}/collect`)).text();
    }
    const [, pages = ""] = Deno.readTextFileSync(`/proc/${worker.pid}/statm`).split(" ");
    return Number(pages) * 4096 / 1e6;
  };
  await memory(4, large);
  const connections: Socket[] = [];
  try {
    for (let count = 0; count < 300; count++) {
      const connection = connect(socket);
      connection.resume();
      connection.write("GET /feed HTTP/1.1\r\nHost: localhost\r\n\r\n");
      connections.push(connection);
    }
    await delay(1000);
    // All read these: workerd itself holds about 150 KB for each connection that is used.
    const before = await memory(4, "x".repeat(100_000));
    for (const connection of connections) connection.pause();
    // The system takes some of the first for each reader; what follows waits here.
    const after = await memory(8, large);
    assert(after - before < MOST_MEMORY, `${before} MB before, and ${after} MB after`);
  } finally {
    for (const connection of connections) connection.destroy();
    await Deno.remove(folder, { recursive: true });
  }
});
