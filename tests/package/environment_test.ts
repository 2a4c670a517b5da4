/**
 * The proxies that the environment names: obeyed where they are asked for, and by default where the
 * runtime's own requests obey them.
 */

import { assert, assertEquals } from "@std/assert";
import { config, test } from "../harness.ts";
import { script } from "../scripted.ts";
import { createProject } from "./project.ts";
import { nodes, runtimes } from "./tools.ts";

const project = await createProject();
const program = project.write(
  "follow.mjs",
  `import { EventSource } from "@x/eventsource";
const [url, proxy] = process.argv.slice(2);
const init = proxy === "default" ? {} : { proxy: proxy === "false" ? false : proxy };
const source = new EventSource(url, init);
source.onmessage = ({ data }) => {
  console.log(data);
  source.close();
};
source.onerror = ({ message }) => {
  console.log(message);
  source.close();
};`,
);

/** Follows a stream with a proxy in the environment; whether that has been gone through. */
async function goesThrough(binary: string, option: string, noProxy = ""): Promise<boolean> {
  const server = await script({ steps: [{ write: "data: a\n\n" }] });
  const { stdout } = await new Deno.Command(binary, {
    args: [program, server.url, option],
    cwd: project.folder,
    env: { HTTP_PROXY: `http://${config.proxies.open}`, NO_PROXY: noProxy, no_proxy: noProxy },
    signal: AbortSignal.timeout(20_000),
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "a\n");
  const response = await fetch(`http://${config.proxies.control}/`);
  const { open }: { open: { target: string }[] } = await response.json();
  return open.some(({ target }) => target.includes(new URL(server.url).pathname));
}

for (const [name, binary] of nodes) {
  test(`environment: "env" obeys HTTP_PROXY and NO_PROXY, and nothing else does [${name}]`, async () => {
    assert(await goesThrough(binary, "env"));
    assert(!await goesThrough(binary, "env", "127.0.0.1"));
    assert(!await goesThrough(binary, "default"));
    assert(!await goesThrough(binary, "false"));
  });
}

for (const [name, binary] of nodes) {
  test(`environment: a proxy without a scheme is an http: one [${name}]`, async () => {
    const { stdout } = await new Deno.Command(binary, {
      args: [program, config.tls.urls.valid, "env"],
      cwd: project.folder,
      env: { HTTPS_PROXY: config.proxies.open, NO_PROXY: "", no_proxy: "" },
      signal: AbortSignal.timeout(20_000),
    }).output();
    assertEquals(new TextDecoder().decode(stdout), "secure\n");
  });
}

test("environment: Bun obeys it, unless told not to", async () => {
  assert(await goesThrough(runtimes.bun, "default"));
  assert(await goesThrough(runtimes.bun, "env"));
  assert(!await goesThrough(runtimes.bun, "env", "127.0.0.1"));
  assert(!await goesThrough(runtimes.bun, "false"));
});
