/** The example's feed on two machines: what its readers notice when the log has gone. */

import { assert, assertEquals } from "@std/assert";
import { LOG_MACHINE, RELAY_MACHINE } from "../../scripts/bench/fanout/machines.ts";
import { runtimes } from "../../scripts/runtimes.ts";
import {
  bundleWorker,
  NEWEST_WORKERS,
  type RunningWorker,
  startWorker,
} from "../../scripts/workerd.ts";
import { test, until } from "../harness.ts";
import { idsOf, numbered } from "./feed.ts";
import { openReader } from "./reader.ts";
import { startUpstream } from "./upstream.ts";

/** A machine that can be started again where it was, with what it has stored. */
interface Machine extends AsyncDisposable {
  readonly url: string;
  readonly host: string;
  kill(): Promise<void>;
  start(): Promise<void>;
}

async function startMachine(
  text: string,
  objects: Record<string, string>,
  { upstream = "", log }: { upstream?: string; log?: string },
): Promise<Machine> {
  const folder = await Deno.makeTempDir();
  const module = await bundleWorker(text);
  let machine: RunningWorker | undefined;
  const start = async (): Promise<void> => {
    machine = await startWorker({
      workerd: runtimes.workerd,
      module,
      compatibility: { date: NEWEST_WORKERS, nodeCompat: false },
      vars: {
        UPSTREAM: upstream,
        KEPT: 100,
        RELAYS: 1,
        READERS: 10,
        HEARTBEAT: 15_000,
        LINGER: 60_000,
        ORIGINS: "",
      },
      objects,
      services: log === undefined ? {} : { LOG_MACHINE: log },
      folder,
      ...(machine === undefined ? {} : { port: machine.port }),
    });
  };
  await start();
  return {
    url: machine!.url,
    host: new URL(machine!.url).host,
    kill: () => machine!.kill(),
    start,
    async [Symbol.asyncDispose](): Promise<void> {
      await machine!.kill();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

const startRelay = (log: string): Promise<Machine> =>
  startMachine(RELAY_MACHINE, { RELAY: "Relay" }, { log });

test("Worker: /feed keeps its readers when the log alone is restarted", async () => {
  await using upstream = startUpstream();
  await using log = await startMachine(LOG_MACHINE, { LOG: "Log" }, { upstream: upstream.url });
  await using relay = await startRelay(log.host);
  const reader = await openReader(`${relay.url}/feed`);
  await upstream.until(({ open }) => open === 1);
  upstream.publish(...numbered(1, 3));
  assertEquals(idsOf(await reader.next(3)), [1, 2, 3]);
  await log.kill();
  await upstream.until(({ open }) => open === 0);
  upstream.publish(...numbered(4, 6));
  await log.start();
  assertEquals(idsOf(await reader.next(3)), [4, 5, 6]);
  assertEquals(upstream.requests, ["", "3"]);
  // Relays are not told to wait, as readers are.
  const other = await openReader(`${log.url}/follow`, { lastEventId: "5" });
  assertEquals(idsOf(await other.next(1)), [6]);
  assertEquals([other.retry, reader.retry === undefined], [undefined, false]);
});

test("Worker: a relay asks for its log again soon, and then less and less often", async () => {
  const times: number[] = [];
  await using log = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen(): void {} }, () => {
    times.push(performance.now());
    if (times.length > 1) return new Response(null, { status: 503 });
    // It ends after the comment.
    return new Response(":\n\n", {
      headers: { "Content-Type": "text/event-stream", "Feed-Newest": "0" },
    });
  });
  await using relay = await startRelay(`127.0.0.1:${log.addr.port}`);
  const reader = await openReader(`${relay.url}/feed`);
  await until("it has asked five times", () => times.length === 5);
  const waits = times.slice(1).map((time, index) => time - times[index]!);
  // Each is up to twice as long as the least, and what a busy machine makes of it.
  assert(waits[0]! < 1000, `${waits}`);
  for (const [index, wait] of waits.entries()) assert(wait > 95 * 2 ** index, `${waits}`);
  reader.abort();
});
