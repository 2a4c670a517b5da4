/** The example's Durable Object: one upstream connection, any number of readers. */

import { assertEquals, assertNotEquals } from "@std/assert";
import { EventSource, type EventSourceMessage } from "@x/eventsource";
import { NEWEST_WORKERS } from "../../scripts/workerd.ts";
import { delay, test } from "../harness.ts";
import { messages } from "../sources.ts";
import { type Example, startExample, testWorkers, type Vars } from "./example.ts";
import { openReader } from "./reader.ts";
import { startUpstream, type Upstream, type UpstreamEvent } from "./upstream.ts";

function numbered(from: number, to: number): UpstreamEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => ({ data: `event ${from + index}` }));
}

function idsOf(list: readonly EventSourceMessage[]): number[] {
  return list.map(({ id }) => Number(id));
}

/** Numbers from one to another, both included. */
function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** What a test of the feed works with. */
interface Fixture {
  readonly upstream: Upstream;
  readonly worker: Example;
  /** The feed's. */
  readonly url: string;
}

/** Adds a test for each compatibility, with a Worker of its own. */
function testFeed(
  name: string,
  body: (fixture: Fixture) => Promise<void>,
  vars: Vars = {},
): void {
  testWorkers(`/feed ${name}`, async (compat) => {
    await using upstream = startUpstream();
    await using worker = await startExample(compat, { ...vars, UPSTREAM: upstream.url });
    await body({ upstream, worker, url: `${worker.url}/feed` });
  });
}

testFeed(
  "sends the same to all, over one connection, and resumes each",
  async ({ upstream, url }) => {
    const [one, two] = [await openReader(url), await openReader(url)];
    await upstream.until(({ open }) => open === 1);
    upstream.publish({ data: "a\n\n b" }, { type: "wind", data: "c" });
    const expected = [
      { id: "1", event: undefined, data: "a\n\n b" },
      { id: "2", event: "wind", data: "c" },
    ];
    assertEquals([await one.next(2), await two.next(2)], [expected, expected]);
    // Where each began, said by an id without an event.
    assertEquals(one.ids, ["0", "1", "2"]);
    // How long who is cut off waits.
    assertEquals([one.retry, two.retry], [1000, 1000]);
    one.abort();

    upstream.publish({ data: "d" }, { data: "e" });
    assertEquals(idsOf(await two.next(2)), [3, 4]);
    const back = await openReader(url, { lastEventId: "2" });
    const first = await openReader(url, { lastEventId: "0" });
    const late = await openReader(url);
    upstream.publish({ data: "f" });
    assertEquals(idsOf(await back.next(3)), [3, 4, 5]);
    assertEquals(idsOf(await first.next(5)), [1, 2, 3, 4, 5]);
    assertEquals(idsOf(await late.next(1)), [5]);
    assertEquals(late.ids, ["4", "5"]);

    two.read();
    upstream.beat();
    await two.heard();
    assertEquals([upstream.requests, upstream.authorizations], [[""], ["Bearer secret"]]);
  },
);

testFeed("goes on after what it has stored, restarted or cut off", async (fixture) => {
  const { upstream, worker, url } = fixture;
  const source = new EventSource(url, { reconnection: { delay: 50 } });
  await upstream.until(({ open }) => open === 1);
  const received: string[] = [];
  source.onmessage = ({ lastEventId, data }) => received.push(`${lastEventId} ${data}`);
  const seen = async (count: number): Promise<void> => {
    while (received.length < count) await messages(source, 1);
  };
  upstream.publish(...numbered(1, 3));
  await seen(3);
  upstream.cut();
  upstream.publish(...numbered(4, 6));
  await seen(6);
  await worker.kill();
  upstream.publish(...numbered(7, 9));
  await worker.start();
  await seen(9);
  source.close();
  assertEquals(received, range(1, 9).map((id) => `${id} event ${id}`));
  assertEquals(upstream.requests, ["", "3", "6"]);
});

testFeed("tells a reader that something is missing", async ({ upstream, worker, url }) => {
  const reader = await openReader(url);
  await upstream.until(({ open }) => open === 1);
  for (const [index, event] of numbered(1, 20).entries()) {
    upstream.publish(event);
    assertEquals(idsOf(await reader.next(1)), [index + 1]);
  }
  // The oldest that is kept is 16: who has 15 misses nothing.
  const complete = await openReader(url, { lastEventId: "15" });
  assertEquals(idsOf(await complete.next(5)), range(16, 20));
  // Nor does who has the newest; the next is for both of them.
  const newest = await openReader(url, { lastEventId: "20" });
  for (const lastEventId of ["14", "0", "21", "x", "-1"]) {
    const back = await openReader(url, { lastEventId });
    const [gap, ...rest] = await back.next(6);
    assertEquals([gap?.event, gap?.id], ["gap", "15"], lastEventId);
    assertEquals(idsOf(rest), range(16, 20), lastEventId);
    back.abort();
  }
  upstream.publish({ data: "event 21" });
  assertEquals([await newest.next(1), idsOf(await complete.next(1))], [
    [{ id: "21", event: undefined, data: "event 21" }],
    [21],
  ]);
  // A restart does not begin the ids anew, though the first events are gone.
  await worker.kill();
  await worker.start();
  const restarted = await openReader(url, { lastEventId: "20" });
  assertEquals(idsOf(await restarted.next(1)), [21]);
  await upstream.until(({ requests }) => requests.length === 2);
  upstream.publish({ data: "event 22" });
  assertEquals(idsOf(await restarted.next(1)), [22]);
}, { KEPT: 5 });

testFeed("cuts off a reader that does not read, and no other", async ({ upstream, url }) => {
  const [stuck, reader] = [await openReader(url), await openReader(url)];
  await upstream.until(({ open }) => open === 1);
  const data = "x".repeat(1024 * 1024);
  for (let id = 1; id <= 30; id++) {
    upstream.publish({ data });
    assertEquals(idsOf(await reader.next(1)), [id]);
  }
  const { messages, broken } = await stuck.rest();
  assertEquals(broken, true);
  assertEquals(idsOf(messages), range(1, messages.length));
  assertNotEquals(messages.length, 30);
  // It has been away for long, or not: either way it learns what it missed.
  const back = await openReader(url, { lastEventId: `${messages.length}` });
  const [next, ...others] = await back.next(30 - Math.max(messages.length, 6));
  assertEquals(next?.event, messages.length < 6 ? "gap" : undefined);
  assertEquals(others.at(-1)?.id, messages.length < 6 ? "29" : "30");
  upstream.publish({ data });
  assertEquals(idsOf(await reader.next(1)), [31]);
}, { KEPT: 24 });

testFeed("does not cut off a reader that is slow, but reads", async ({ upstream, url }) => {
  const [slow, reader] = [await openReader(url), await openReader(url)];
  await upstream.until(({ open }) => open === 1);
  const data = "x".repeat(1024 * 1024);
  // In no round there is more to miss than half of what is kept; in all of them there is.
  const [rounds, events, beats] = [4, 16, 14];
  for (let id = 1; id <= rounds * events; id++) {
    const isLast = id % events === 0;
    for (let count = 0; isLast && count < beats; count++) upstream.beat();
    upstream.publish({ data });
    assertEquals(idsOf(await reader.next(1)), [id]);
    if (isLast) assertEquals(idsOf(await slow.next(events)), range(id - events + 1, id));
  }
}, { KEPT: 60 });

testFeed("lets the upstream go when nobody reads, and goes on later", async ({ upstream, url }) => {
  const reader = await openReader(url);
  await upstream.until(({ open }) => open === 1);
  upstream.publish(...numbered(1, 2));
  assertEquals(idsOf(await reader.next(2)), [1, 2]);
  reader.abort();
  // That it has gone is seen when something cannot be written.
  await upstream.until(({ open }) => {
    upstream.beat();
    return open === 0;
  });
  upstream.publish(...numbered(3, 5));
  const back = await openReader(url, { lastEventId: "1" });
  assertEquals(idsOf(await back.next(4)), [2, 3, 4, 5]);
  assertEquals(upstream.requests, ["", "2"]);
}, { LINGER: 300 });

testFeed("keeps the upstream for who comes in time", async ({ upstream, url }) => {
  const reader = await openReader(url);
  await upstream.until(({ open }) => open === 1);
  reader.abort();
  for (let count = 0; count < 10; count++) {
    upstream.beat();
    await delay(20);
  }
  const next = await openReader(url);
  // The alarm comes, and finds a reader.
  await delay(1500);
  upstream.publish({ data: "event 1" });
  assertEquals(idsOf(await next.next(1)), [1]);
  assertEquals(upstream.requests, [""]);
}, { LINGER: 1000 });

testFeed("cuts its readers off when the upstream fails for good", async ({ upstream, url }) => {
  const reader = await openReader(url);
  await upstream.until(({ open }) => open === 1);
  // Retried.
  upstream.status = 503;
  upstream.cut();
  await upstream.until(({ requests }) => requests.length >= 3);
  upstream.status = 404;
  assertEquals(await reader.rest(), { messages: [], broken: true });
  upstream.status = 200;
  const back = await openReader(url, { lastEventId: reader.ids.at(-1)! });
  await upstream.until(({ open }) => open === 1);
  upstream.publish({ data: "a" });
  assertEquals(idsOf(await back.next(1)), [1]);
});

test("Worker: /feed has 1,000 readers on one connection, and loses nothing in a restart", async () => {
  const readers = 1000;
  const last = 60;
  await using upstream = startUpstream();
  const compatibility = { date: NEWEST_WORKERS, nodeCompat: false };
  await using worker = await startExample(compatibility, { UPSTREAM: upstream.url });
  const received = Array.from({ length: readers }, (): string[] => []);
  let total = 0;
  let opened = 0;
  const sources = received.map((list) => {
    const source = new EventSource(`${worker.url}/feed`, { reconnection: { jitter: 0.5 } });
    source.onopen = () => opened++;
    source.onmessage = ({ lastEventId, data }) => {
      list.push(`${lastEventId} ${data}`);
      total++;
    };
    source.addEventListener("gap", () => list.push("gap"));
    return source;
  });
  try {
    await upstream.until(() => opened === readers);
    assertEquals([upstream.open, upstream.requests.length], [1, 1]);
    for (const event of numbered(1, 30)) upstream.publish(event);
    // In the middle: some have had some of it, and some is stored that nobody has had.
    await upstream.until(() => total > readers);
    await worker.kill();
    const before = total;
    upstream.publish(...numbered(31, 40));
    await worker.start();
    await upstream.until(() => opened === 2 * readers);
    upstream.publish(...numbered(41, last));
    await upstream.until(() => total >= readers * last);
    assertNotEquals(before, readers * 30);
    const expected = range(1, last).map((id) => `${id} event ${id}`);
    for (const list of received) assertEquals(list, expected);
    assertEquals([upstream.open, upstream.requests.length], [1, 2]);
  } finally {
    for (const source of sources) source.close();
  }
});

testWorkers("/feed connects once an upstream is there, for all who wait", async (compat) => {
  const absent = startUpstream();
  await absent[Symbol.asyncDispose]();
  await using worker = await startExample(compat, { UPSTREAM: absent.url });
  const url = `${worker.url}/feed`;
  // The last one's id was never given.
  const readers = await Promise.all([openReader(url), openReader(url, { lastEventId: "7" })]);
  const [known, unknown] = readers;
  assertEquals((await unknown.next(1))[0]?.event, "gap");
  await delay(300);
  await using upstream = startUpstream({ port: Number(new URL(absent.url).port) });
  await upstream.until(({ open }) => open === 1);
  upstream.publish(...numbered(1, 2));
  for (const reader of readers) assertEquals(idsOf(await reader.next(2)), [1, 2]);
  assertEquals([known.ids, unknown.ids], [["0", "1", "2"], ["0", "1", "2"]]);
  assertEquals(upstream.requests, [""]);
});
