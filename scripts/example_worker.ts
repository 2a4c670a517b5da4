/**
 * Runs the example of a Worker in workerd, with the example server upstream:
 * `deno task example:worker`.
 *
 * @module
 */

import { startServer } from "../examples/sse_server.ts";
import { readArguments } from "./arguments.ts";
import { prepare, runtime } from "./prepare.ts";
import { SIGNALS } from "./processes.ts";
import { runtimes } from "./runtimes.ts";
import { bundleWorker, NEWEST_WORKERS, startWorker } from "./workerd.ts";

readArguments({
  command: "deno task example:worker",
  about: "Runs the example of a Worker in workerd, with a server upstream, until Ctrl-C.",
});

await prepare([runtime("workerd")]);

const stopped = Promise.withResolvers<void>();
// Before anything is started: what ends the program then has to be taken along too.
for (const signal of SIGNALS) Deno.addSignalListener(signal, () => stopped.resolve());

const server = startServer();
const folder = await Deno.makeTempDir();
try {
  const worker = await startWorker({
    workerd: runtimes.workerd,
    module: await bundleWorker(new URL("../examples/worker/worker.ts", import.meta.url)),
    // As in wrangler.jsonc, whose date has Node.js's modules come along.
    compatibility: { date: NEWEST_WORKERS, nodeCompat: true },
    vars: {
      UPSTREAM: server.url,
      WAIT: 20_000,
      KEPT: 10_000,
      RELAYS: 2,
      READERS: 1000,
      HEARTBEAT: 15_000,
      LINGER: 60_000,
      ORIGINS: "",
    },
    objects: { LOG: "Log", RELAY: "Relay" },
    folder,
  });
  console.log(`The example Worker listens at ${worker.url}, until you press Ctrl-C. Try:`);
  console.log(`  curl "${worker.url}/wind?above=5"`);
  console.log(`  curl -N ${worker.url}/fahrenheit`);
  console.log(`  curl -N -H "Last-Event-ID: 0" ${worker.url}/feed`);
  await stopped.promise;
  await worker.kill();
} finally {
  await server.close();
  await Deno.remove(folder, { recursive: true });
}
Deno.exit();
