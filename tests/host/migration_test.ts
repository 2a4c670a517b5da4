/**
 * The documented examples of eventsource 1.x and 2.x, with nothing but the import line changed: in
 * TypeScript, as an ES module and in CommonJS, on Node.js, from the unbuilt source.
 */

import { assert, assertEquals } from "@std/assert";
import { BUILD } from "../../scripts/run_tests.ts";
import { config } from "../harness.ts";
import { script, type Scripted } from "../scripted.ts";
import { type Outcome, type Run, testPrograms } from "./programs.ts";

const FORMS = {
  TypeScript: "migration.ts",
  ESM: "migration.mjs",
  CommonJS: "migration.cjs",
};

/** The oldest release that runs the source unbuilt, and the newest. */
const RELEASES = ["node-22", "node-26"];

const { proxies, tls } = config;

/** A server that answers with one message. */
function answering(): Promise<Scripted> {
  return script({ steps: [{ write: "id: 42\ndata: a\n\n" }] });
}

function assertPrinted({ lines, code, report }: Outcome, expected: string): void {
  assertEquals([lines.map(({ text }) => text), code], [[expected], 0], report);
}

/** What has gone through the open proxy to a host or path. */
async function throughProxy(part: string): Promise<{ method: string; target: string }[]> {
  const response = await fetch(`http://${proxies.control}/`);
  const { open }: { open: { method: string; target: string }[] } = await response.json();
  return open.filter(({ target }) => target.includes(part));
}

/** By what the example shows. */
const EXAMPLES: Readonly<Record<string, (run: Run, file: string) => Promise<void>>> = {
  "a cookie": async (run, file) => {
    const server = await answering();
    assertPrinted(await run(file, "cookie", server.url), "message 42 a");
    const [request] = await server.requests(1);
    assertEquals(request?.headers["cookie"], "test=test");
    assertEquals(request?.headers["accept"], "text/event-stream");
    assertEquals(request?.headers["cache-control"], "no-cache");
  },

  "an initial Last-Event-ID": async (run, file) => {
    const server = await answering();
    assertPrinted(await run(file, "last event id", server.url), "message 42 a");
    const [request] = await server.requests(1);
    assertEquals(request?.headers["last-event-id"], "41");
  },

  "https: { rejectUnauthorized: false }": async (run, file) => {
    const url = tls.urls.unknownAuthority;
    assertPrinted(await run(file, "lenient", url), "message  secure");
    // Which 1.x and 2.x would have taken too.
    assertPrinted(await run(file, "strict", url), "error");
  },

  "err.status === 401": async (run, file) => {
    const server = await script({ status: 401 });
    assertPrinted(await run(file, "status", server.url), "not authorized");
    assertEquals(await server.count(), 1);
  },

  "a proxy": async (run, file) => {
    const server = await answering();
    const proxy = `http://${proxies.open}`;
    assertPrinted(await run(file, "proxy", server.url, proxy), "message 42 a");
    const requests = await throughProxy(new URL(server.url).pathname);
    assert(requests.length > 0 && requests.every(({ method }) => method === "GET"));
  },
};

/**
 * A module that has Node.js find the package that the proxy needs: beside the unbuilt source there
 * is none, so it gets a bundle of the one that deno.json names.
 */
async function writeResolver(): Promise<string> {
  await Deno.mkdir(BUILD, { recursive: true });
  const entry = new URL("agent_entry.ts", BUILD);
  const bundle = new URL("agent.bundle.mjs", BUILD);
  const resolver = new URL("agent_resolver.mjs", BUILD);
  await Deno.writeTextFile(entry, 'export { HttpProxyAgent } from "http-proxy-agent";');
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--platform", "deno", "-o", bundle.pathname, entry.pathname],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  await Deno.writeTextFile(
    resolver,
    `import { registerHooks } from "node:module";
const found = { url: ${JSON.stringify(bundle.href)}, format: "module", shortCircuit: true };
registerHooks({
  resolve: (name, context, next) => name === "http-proxy-agent" ? found : next(name, context),
});`,
  );
  return resolver.href;
}

const options = { on: RELEASES, flags: ["--import", await writeResolver()] };

for (const [form, file] of Object.entries(FORMS)) {
  for (const [example, show] of Object.entries(EXAMPLES)) {
    testPrograms(`migration: ${example}, in ${form}`, (run) => show(run, file), options);
  }
}
