/** What console.log makes of sources and events in Workers: all that matters, and no secret. */

import { assert, assertEquals } from "@std/assert";
import { runtimes } from "../../scripts/runtimes.ts";
import { bundleWorker, startWorker } from "../../scripts/workerd.ts";
import { until } from "../harness.ts";
import { script } from "../scripted.ts";
import { testWorkers } from "./example.ts";

const { workerd } = runtimes;
const module = await bundleWorker(new URL("children/print.ts", import.meta.url));

testWorkers("sources and events print in full, and no secret", async (compatibility) => {
  const server = await script({
    headers: { "Content-Type": "text/event-stream", "X-Answer": "t0ken" },
    steps: [{ write: "data: a\n\n" }, "end"],
  });
  const folder = await Deno.makeTempDir();
  const vars = { UPSTREAM: server.url.replace("://", "://us3r:s3cret@") };
  const worker = await startWorker({ workerd, module, compatibility, vars, folder });
  try {
    assertEquals(await (await fetch(worker.url)).text(), "printed");
    await until("all is printed", () => worker.output.includes("attempt: 1"));
    const printed = worker.output.replace(/\s+/g, " ");
    for (
      const part of [
        `as it is: EventSource { url: '${server.url}', withCredentials: false, readyState: 0,`,
        `{ within: EventSource { url: '${server.url}'`,
        "an event: EventSourceOpenEvent { status: 200, headers: [ '",
        "an event: MessageEvent { type: 'message', data: 'a', origin: 'http",
        "an event: EventSourceErrorEvent { message: '",
      ]
    ) {
      assert(printed.includes(part), `${part} is not in: ${printed}`);
    }
    const encoded = btoa("us3r:s3cret");
    for (const secret of ["s3cret", "us3r", encoded, "t0ken"]) {
      assert(!printed.includes(secret), `${secret} is in: ${printed}`);
    }
    const [request] = await server.requests(1);
    assertEquals(request?.headers["authorization"], `Basic ${encoded}`);
  } finally {
    await worker.kill();
    await Deno.remove(folder, { recursive: true });
  }
});
