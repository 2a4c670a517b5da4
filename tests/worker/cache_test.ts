/** What docs/workers.md says about Cloudflare's cache. */

import { assertEquals } from "@std/assert";
import { runtimes } from "../../scripts/runtimes.ts";
import { bundleWorker, startWorker } from "../../scripts/workerd.ts";
import { script } from "../scripted.ts";
import { testWorkers } from "./example.ts";

const { workerd } = runtimes;
const module = await bundleWorker(new URL("children/cache.ts", import.meta.url));

testWorkers(
  "a fetch that asks for Cloudflare's cache is told what to leave out",
  async (compat) => {
    const server = await script({ steps: [{ write: "data: a\n\n" }] });
    const folder = await Deno.makeTempDir();
    const vars = { UPSTREAM: server.url };
    const worker = await startWorker({ workerd, module, compatibility: compat, vars, folder });
    try {
      const follow = async (path: string) => await (await fetch(`${worker.url}/${path}`)).json();
      assertEquals(await follow("with"), {
        reason: "network",
        message: `Cannot connect to ${server.url}: CacheTtl: 60, is not compatible with ` +
          "cache: no-store header. (leave `cache` out of init)",
      });
      assertEquals(await server.count(), 0);
      assertEquals(await follow("without"), { data: "a" });
    } finally {
      await worker.kill();
      await Deno.remove(folder, { recursive: true });
    }
  },
);
