/**
 * How many full TLS handshakes `./node` makes: a stream that is opened again, and requests that
 * follow one another with an agent that keeps connections.
 *
 * @module
 */

import type { Measurement } from "../../bench/child.ts";
import { end, start } from "../processes.ts";
import { runOnce, type Runtime } from "./processes.ts";

/** The TLS server of the tests, with certificates made for the run. */
const SERVER = new URL("../../tests/runtimes/servers/", import.meta.url);

/** Counts them, each over five further requests. */
export async function countHandshakes(runtime: Runtime): Promise<Measurement> {
  const caFile = await Deno.makeTempFile({ suffix: ".pem" });
  const server = start([runtime.command[0], "tls.mjs", caFile], { cwd: SERVER });
  try {
    let text = "";
    for await (const chunk of server.stdout!) {
      text += chunk;
      if (text.includes("\n")) break;
    }
    if (text === "") throw new Error("The TLS server of the tests ended without a word");
    const { urls, ca }: { urls: { valid: string }; ca: string } = JSON.parse(text);
    return await runOnce(runtime, "tls/main.ts", urls.valid, ca);
  } finally {
    end(server);
    await Deno.remove(caFile);
  }
}
