/**
 * The documented examples of eventsource 1.x and 2.x, with nothing but the import line changed: in
 * TypeScript, as an ES module and in CommonJS, by the name of the installed package.
 */

import { assert, assertEquals } from "@std/assert";
import type { Outcome } from "../command.ts";
import { config, test } from "../harness.ts";
import { script, type Scripted } from "../scripted.ts";
import { createProject } from "./project.ts";
import { folderOf, node, nodes } from "./tools.ts";

const FORMS = {
  TypeScript: "typescript.mjs",
  ESM: "esm.mjs",
  CommonJS: "commonjs.cjs",
};

type Run = (...args: readonly string[]) => Promise<Outcome>;

const { proxies, tls } = config;

/** A server that answers with one message. */
function answering(): Promise<Scripted> {
  return script({ steps: [{ write: "id: 42\ndata: a\n\n" }] });
}

function assertPrinted({ output, errors, code }: Outcome, expected: string): void {
  assertEquals([output, code], [`${expected}\n`, 0], errors);
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
    const url = tls.urls.unknownCa;
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

const project = await createProject();
project.link("@types/node", "@types/node-20");
for (const file of ["typescript.mts", "esm.mjs", "commonjs.cjs"]) {
  project.write(file, Deno.readTextFileSync(new URL(`migration/${file}`, import.meta.url)));
}
const compiled = await project.run([
  node,
  `${folderOf("typescript")}/bin/tsc`,
  ...["--module", "nodenext", "--target", "es2022", "--strict", "--types", "node"],
  "typescript.mts",
]);

test("migration: the examples compile with nothing but the import line changed", () => {
  assertEquals([compiled.output, compiled.errors, compiled.code], ["", "", 0]);
});

for (const [runtime, binary] of nodes) {
  for (const [form, file] of Object.entries(FORMS)) {
    for (const [example, show] of Object.entries(EXAMPLES)) {
      test(`migration: ${example}, in ${form} [${runtime}]`, () =>
        show((...args) => project.run([binary, ...args]), file));
    }
  }
}
