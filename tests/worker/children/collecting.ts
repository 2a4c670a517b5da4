/**
 * The example of a Worker, with a route that has its garbage collected.
 *
 * @module
 */

// @ts-nocheck: the example is compiled with Cloudflare's types, in tests/package.
import worker from "../../../examples/worker/worker.ts";

export { Log, Relay } from "../../../examples/worker/worker.ts";

export default {
  fetch(request, env) {
    if (new URL(request.url).pathname !== "/collect") return worker.fetch(request, env);
    globalThis.gc();
    return new Response("collected");
  },
};
