/** The example's feed: one upstream connection, any number of readers, nothing lost. */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { EventSource } from "@x/eventsource";
import { NEWEST_WORKERS } from "../../scripts/workerd.ts";
import { delay, test, until } from "../harness.ts";
import { messages } from "../sources.ts";
import { startExample, testWorkers } from "./example.ts";
import { idsOf, numbered, range, testFeed } from "./feed.ts";
import { openReader } from "./reader.ts";
import { startUpstream } from "./upstream.ts";

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
    // How long a reader that is cut off waits: not all come back at once.
    const waits = [one.retry!, two.retry!];
    assert(waits.every((wait) => wait >= 250 && wait <= 1250), `${waits}`);
    assertNotEquals(one.retry, two.retry);
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
    assertEquals([upstream.requests, upstream.authorizations], [[""], ["Bearer secret"]]);
  },
  { RELAYS: 2 },
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
}, { RELAYS: 2 });

testFeed("tells a reader that something is missing", async ({ upstream, worker, url }) => {
  const reader = await openReader(url);
  await upstream.until(({ open }) => open === 1);
  for (const [index, event] of numbered(1, 20).entries()) {
    upstream.publish(event);
    assertEquals(idsOf(await reader.next(1)), [index + 1]);
  }
  // What a relay has in memory is more; a restart leaves what is kept.
  await worker.kill();
  await worker.start();
  // The oldest that is kept is 16: a reader that has 15 misses nothing.
  const complete = await openReader(url, { lastEventId: "15" });
  assertEquals(idsOf(await complete.next(5)), range(16, 20));
  // Nor does one that has the newest; the next is for both of them.
  const newest = await openReader(url, { lastEventId: "20" });
  for (const lastEventId of ["14", "0", "21", "x", "-1", "9".repeat(20)]) {
    const back = await openReader(url, { lastEventId });
    const [gap, ...rest] = await back.next(6);
    assertEquals([gap?.event, gap?.id], ["gap", "15"], lastEventId);
    assertEquals(idsOf(rest), range(16, 20), lastEventId);
    back.abort();
  }
  // A restart does not begin the ids anew, though the first events are gone.
  await upstream.until(({ open }) => open === 1);
  upstream.publish({ data: "event 21" });
  assertEquals([await newest.next(1), idsOf(await complete.next(1))], [
    [{ id: "21", event: undefined, data: "event 21" }],
    [21],
  ]);
}, { KEPT: 5 });

testFeed("sends what came while a relay was away", async ({ upstream, worker, url }) => {
  // More than a relay begins with, in many batches, and some of it larger than a chunk.
  const reader = await openReader(url);
  await upstream.until(({ open }) => open === 1);
  const events = range(1, 1500).map((number) => ({
    data: `${number} ${number % 100 === 0 ? "y".repeat(100_000) : ""}`,
  }));
  for (let from = 0; from < events.length; from += 100) {
    upstream.publish(...events.slice(from, from + 100));
    await reader.next(100);
  }
  await worker.kill();
  await worker.start();
  const readers = await Promise.all(
    [0, 1, 99, 100, 101, 450, 499, 500, 501, 1499].map(async (id) => {
      const back = await openReader(url, { lastEventId: `${id}` });
      return [id, await back.next(1500 - id)] as const;
    }),
  );
  for (const [id, received] of readers) {
    assertEquals(idsOf(received), range(id + 1, 1500));
    assertEquals(received.map(({ data }) => ({ data })), events.slice(id));
  }
}, { KEPT: 2000 });

testFeed("keeps events on the disk before it sends them", async ({ upstream, worker, url }) => {
  const [rounds, events] = [5, 30];
  /** The last event that has been sent. */
  let last = 0;
  for (let round = 0; round < rounds; round++) {
    const reader = await openReader(url, { lastEventId: `${last}` });
    await upstream.until(({ requests, open }) => requests.length === round + 1 && open === 1);
    const had = round * events;
    upstream.publish(...numbered(had + 1, had + events));
    // The first of these, after those of the last round that were not stored with what was sent.
    while (last <= had) assertEquals(idsOf(await reader.next(1)), [++last]);
    // At once: what has been sent must be there.
    await worker.kill();
    await upstream.until(({ open }) => open === 0);
    await worker.start();
    const back = await openReader(url, { lastEventId: `${last - 1}` });
    const [again] = await back.next(1);
    assertEquals([again?.id, again?.data], [`${last}`, `event ${last}`]);
    assert(Number(upstream.requests.at(-1)) >= last, `${upstream.requests} after ${last}`);
    back.abort();
  }
  const back = await openReader(url, { lastEventId: "0" });
  assertEquals(idsOf(await back.next(rounds * events)), range(1, rounds * events));
}, { RELAYS: 2, KEPT: 1000 });

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

test("Worker: /feed has 1,000 readers on two relays, and loses nothing in a restart", async () => {
  const readers = 1000;
  const last = 60;
  await using upstream = startUpstream();
  const compatibility = { date: NEWEST_WORKERS, nodeCompat: false };
  const vars = { UPSTREAM: upstream.url, RELAYS: 2 };
  await using worker = await startExample(compatibility, vars);
  const received = Array.from({ length: readers }, (): string[] => []);
  let total = 0;
  let opened = 0;
  const sources = received.map((list) => {
    const source = new EventSource(`${worker.url}/feed`);
    source.onopen = () => opened++;
    source.onmessage = ({ lastEventId, data }) => {
      list.push(`${lastEventId} ${data}`);
      total++;
    };
    source.addEventListener("gap", () => list.push("gap"));
    return source;
  });
  try {
    await reached(readers, () => opened);
    assertEquals([upstream.open, upstream.requests.length], [1, 1]);
    for (const event of numbered(1, 30)) upstream.publish(event);
    // In the middle: some have had some of it, and some is stored that nobody has had.
    await upstream.until(() => total > readers);
    await worker.kill();
    const before = total;
    upstream.publish(...numbered(31, 40));
    await worker.start();
    await reached(2 * readers, () => opened);
    upstream.publish(...numbered(41, last));
    await reached(readers * last, () => total);
    assertNotEquals(before, readers * last);
    const expected = range(1, last).map((id) => `${id} event ${id}`);
    for (const list of received) assertEquals(list, expected);
    assertEquals([upstream.open, upstream.requests.length], [1, 2]);
  } finally {
    for (const source of sources) source.close();
  }
});

/** Waits for so many. Fails if no more come for 10 seconds: all take a while on a busy machine. */
async function reached(target: number, count: () => number): Promise<void> {
  for (let before = -1; before < target;) {
    await until(() => `there are ${target}, where there are ${count()}`, () => count() > before);
    before = count();
  }
}
