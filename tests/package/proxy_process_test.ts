/**
 * What a proxy that accepts and then says nothing does to a process: nothing, once it is closed.
 */

import { assert, assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { listenInSilence } from "../host/loopback.ts";
import { createProject } from "./project.ts";
import { nodes, runtimes } from "./tools.ts";

/** How soon a process with nothing left to do must have ended, in milliseconds. */
const AT_ONCE = 5000;

const project = await createProject();
project.write(
  "close.mjs",
  `import { EventSource } from "@x/eventsource/node";
const [url, proxy] = process.argv.slice(2);
const source = new EventSource(url, { proxy });
setTimeout(() => source.close(), 300);
`,
);

const commands: readonly (readonly [name: string, command: readonly string[]])[] = [
  ...nodes.map(([name, binary]) => [name, [binary]] as const),
  ["bun", [runtimes.bun]],
  ["deno", [Deno.execPath(), "run", "--quiet", "--allow-all"]],
];

for (const [name, command] of commands) {
  for (const scheme of ["http", "socks5", "socks5h"]) {
    for (const target of ["http://localhost/", "https://localhost/"]) {
      test(`package: close() frees a process from a silent ${scheme} proxy, ${target} on ${name}`, async () => {
        using silence = listenInSilence();
        const started = performance.now();
        const proxy = `${scheme}://${new URL(silence.url).host}`;
        const { code, errors } = await project.run([...command, "close.mjs", target, proxy]);
        assertEquals([code, errors], [0, ""]);
        const took = performance.now() - started;
        assert(took < AT_ONCE, `took ${took} ms to end`);
      });
    }
  }
}
