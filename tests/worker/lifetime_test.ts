/** How long a source lives in a Worker: what docs/workers.md says of it. */

import { assert, assertEquals } from "@std/assert";
import { runtimes } from "../../scripts/runtimes.ts";
import { bundleWorker, type Compatibility, startWorker } from "../../scripts/workerd.ts";
import { delay } from "../harness.ts";
import { testWorkers } from "./example.ts";
import { openReader } from "./reader.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

const { workerd } = runtimes;
const module = await bundleWorker(new URL("children/lifetime.ts", import.meta.url));

interface Running extends AsyncDisposable {
  readonly url: string;
  /** What the sources have dispatched. */
  readonly seen: readonly string[];
  /** All that workerd has printed. */
  readonly output: string;
}

async function start(compatibility: Compatibility, upstream: Upstream): Promise<Running> {
  const folder = await Deno.makeTempDir();
  const worker = await startWorker({
    workerd,
    module,
    compatibility,
    vars: { UPSTREAM: upstream.url },
    objects: { OBJECT: "Lasting" },
    folder,
  });
  return {
    url: worker.url,
    get output(): string {
      return worker.output;
    },
    get seen(): string[] {
      return [...worker.output.matchAll(/^seen: (.*)$/gm)].map(([, text = ""]) => text);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await worker.kill();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

testWorkers("a source ends with its request, without an event", async (compatibility) => {
  await using upstream = startUpstream();
  await using worker = await start(compatibility, upstream);
  const answer = fetch(`${worker.url}/response`);
  await upstream.until(({ open }) => open === 1);
  upstream.publish({ data: "first" });
  assertEquals(await (await answer).text(), "answered");
  await upstream.until(({ open }) => {
    upstream.beat();
    return open === 0;
  });
  upstream.publish({ data: "last" });
  await delay(300);
  assertEquals(worker.seen, ["open", "first"], worker.output);
  assertEquals(upstream.requests.length, 1);
});

testWorkers("waitUntil has a source outlive its response", async (compatibility) => {
  await using upstream = startUpstream();
  await using worker = await start(compatibility, upstream);
  assertEquals(await (await fetch(`${worker.url}/wait-until`)).text(), "answered");
  await upstream.until(({ open }) => open === 1);
  await delay(300);
  upstream.publish({ data: "first" });
  // Over a reconnection too.
  await upstream.until(() => worker.seen.length === 2);
  upstream.cut();
  await upstream.until(({ open }) => open === 1);
  upstream.publish({ data: "last" });
  await upstream.until(({ open }) => {
    upstream.beat();
    return open === 0;
  });
  const [, , error = "", ...rest] = worker.seen;
  assert(error.startsWith("error "), worker.output);
  assertEquals(rest, ["open", "last"], worker.output);
});

testWorkers("a source lives while its response is read", async (compatibility) => {
  await using upstream = startUpstream();
  await using worker = await start(compatibility, upstream);
  const reader = await openReader(`${worker.url}/stream`);
  await upstream.until(({ open }) => open === 1);
  upstream.publish({ data: "first" });
  await reader.next(1);
  await delay(300);
  upstream.publish({ data: "second" });
  assertEquals((await reader.next(1))[0]?.data, "second");
  reader.abort();
  await upstream.until(({ open }) => {
    upstream.publish({ data: "nobody reads" });
    return open === 0;
  });
});

testWorkers(
  "a source of a Durable Object outlives the request that made it",
  async (compatibility) => {
    await using upstream = startUpstream();
    await using worker = await start(compatibility, upstream);
    const ask = async (): Promise<string> => await (await fetch(`${worker.url}/object`)).text();
    assertEquals(await ask(), "state 0");
    await upstream.until(({ open }) => open === 1);
    upstream.publish({ data: "first" });
    await upstream.until(() => worker.seen.length === 2);
    assertEquals(await ask(), "state 1");
    await delay(300);
    upstream.cut();
    await upstream.until(({ requests, open }) => requests.length === 2 && open === 1);
    upstream.publish({ data: "second" });
    await upstream.until(() => worker.seen.at(-1) === "second");
    assertEquals(await ask(), "state 1");
  },
);
