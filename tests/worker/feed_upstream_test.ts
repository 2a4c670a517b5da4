/** The example's feed: what becomes of an upstream that fails, or sends too much. */

import { assert, assertEquals } from "@std/assert";
import { delay, until } from "../harness.ts";
import { idsOf, range, testFeed } from "./feed.ts";
import { openReader } from "./reader.ts";

testFeed("passes on what the upstream refuses, and asks it once", async ({ upstream, url }) => {
  for (const status of [404, 204]) {
    // By then it may be asked again, each time after a longer wait.
    if (status === 204) await delay(2000);
    upstream.status = status;
    const before = upstream.requests.length;
    const responses = await Promise.all(range(1, 20).map(() => fetch(url)));
    assertEquals(new Set(responses.map((response) => response.status)), new Set([status]));
    for (const response of responses) await response.body?.cancel();
    assertEquals(upstream.requests.length, before + 1);
  }
});

testFeed("keeps its wait over a restart, and then goes on", async ({ upstream, worker, url }) => {
  upstream.status = 503;
  upstream.retryAfter = 3;
  const reader = await openReader(url);
  assertEquals(upstream.requests.length, 1);
  await worker.kill();
  await worker.start();
  const readers = await Promise.all(range(1, 20).map(() => openReader(url)));
  assertEquals(upstream.requests.length, 1);
  upstream.status = 200;
  // No reader comes: it is the alarm that has it connect.
  await upstream.until(({ open }) => open === 1);
  upstream.publish({ data: "a" });
  for (const reader of readers) assertEquals(idsOf(await reader.next(1)), [1]);
  assertEquals(upstream.requests.length, 2);
  reader.abort();
});

testFeed("ends its readers when the upstream refuses", async ({ upstream, worker, url }) => {
  const reader = await openReader(url);
  await upstream.until(({ open }) => open === 1);
  upstream.publish({ data: "a" });
  await reader.next(1);
  upstream.status = 404;
  upstream.cut();
  // In good order, and workerd has nothing to say of it.
  assertEquals(await reader.rest(), { messages: [], broken: false });
  assertEquals(/uncaught/i.exec(worker.output), null, worker.output);
  const response = await fetch(url);
  assertEquals([response.status, await response.text()], [404, ""]);
  upstream.status = 200;
  await until("the upstream is asked again", async () => {
    const { status, body } = await fetch(url);
    await body?.cancel();
    return status === 200;
  });
  const back = await openReader(url, { lastEventId: "1" });
  await upstream.until(({ open }) => open === 1);
  upstream.publish({ data: "b" });
  assertEquals(idsOf(await back.next(1)), [2]);
});

testFeed("says that an event is too large, and goes on after it", async ({ upstream, url }) => {
  const reader = await openReader(url);
  await upstream.until(({ open }) => open === 1);
  // One that can be read, but not stored.
  upstream.publish({ data: "x".repeat(1_100_000) }, { data: "b" });
  const [gap, next] = await reader.next(2);
  assertEquals([gap?.event, gap?.id, next?.id, next?.data], ["gap", "1", "2", "b"]);
  assert(/^An event of \d+ bytes is too large$/.test(gap!.data), gap!.data);
  // One that cannot even be read: the next connection begins after it.
  upstream.publish({ data: "x".repeat(5_000_000) });
  const [unread, missing] = await reader.next(2);
  assertEquals([unread?.event, unread?.id], ["gap", "3"]);
  assertEquals(unread?.data, "An event of the upstream is too large to be read");
  assertEquals([missing?.event, missing?.id], ["gap", "4"]);
  upstream.publish({ data: "d" });
  const [last] = await reader.next(1);
  assertEquals([last?.id, last?.data], ["5", "d"]);
  assertEquals(upstream.requests, ["", ""]);
});

testFeed("does not send back an id that is too long", async ({ upstream, url }) => {
  const reader = await openReader(url);
  await upstream.until(({ open }) => open === 1);
  // More than most servers take in all header fields, and a few bytes too many in few characters.
  for (const [index, id] of ["9".repeat(20_000), "\u20AC".repeat(342)].entries()) {
    upstream.publish({ id, data: "a" });
    assertEquals((await reader.next(1))[0]?.data, "a");
    upstream.cut();
    await upstream.until(({ requests, open }) => requests.length === index + 2 && open === 1);
    // Something may have come between the two.
    const [gap] = await reader.next(1);
    assertEquals([gap?.event, gap?.id], ["gap", `${2 * index + 2}`]);
  }
  upstream.publish({ data: "b" });
  assertEquals(await reader.next(1), [{ id: "5", event: undefined, data: "b" }]);
  assertEquals(upstream.requests, ["", "", ""]);
});

testFeed("says that an upstream without ids cannot resume", async ({ upstream, worker, url }) => {
  const reader = await openReader(url);
  await upstream.until(({ open }) => open === 1);
  upstream.publish({ id: "", data: "a" });
  assertEquals(await reader.next(1), [{ id: "1", event: undefined, data: "a" }]);
  await worker.kill();
  await worker.start();
  const back = await openReader(url, { lastEventId: "1" });
  const [gap] = await back.next(1);
  assertEquals([gap?.event, gap?.id], ["gap", "2"]);
  upstream.publish({ id: "", data: "b" });
  assertEquals(await back.next(1), [{ id: "3", event: undefined, data: "b" }]);
});
