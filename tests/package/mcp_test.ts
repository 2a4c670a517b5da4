/**
 * The Model Context Protocol: what its conformance tests say of the example, and of the official SDK
 * with this package in the place of `eventsource` and `eventsource-parser`.
 */

import { assert, assertEquals } from "@std/assert";
import { cp } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { ROOT } from "../../scripts/npm/config.ts";
import { runCommand } from "../command.ts";
import { commandOf, fill } from "../examples/program.ts";
import { test } from "../harness.ts";
import { createProject } from "./project.ts";
import { folderOf, node } from "./tools.ts";

/** A project with the SDK, as `overrides` install it. */
const project = await createProject();
const installed = pathToFileURL(`${folderOf("@modelcontextprotocol/sdk")}/../../`);
for (const { name } of Deno.readDirSync(installed)) {
  const place = new URL(`node_modules/${name}`, project.folder);
  if (name === "@modelcontextprotocol") {
    await cp(new URL(name, installed), place, { recursive: true });
  } else if (name === "eventsource" || name === "eventsource-parser") {
    Deno.symlinkSync(new URL("node_modules/@x/eventsource", project.folder), place);
  } else {
    Deno.symlinkSync(Deno.realPathSync(new URL(name, installed)), place);
  }
}
const sdk = project.write(
  "sdk.mjs",
  `import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
const [address, old] = process.argv.slice(2).reverse();
const Transport = old === undefined ? StreamableHTTPClientTransport : SSEClientTransport;
const requestInit = { headers: { "X-Token": "secret" } };
const client = new Client({ name: "test", version: "1.0.0" });
await client.connect(new Transport(new URL(address), { requestInit }));
const { tools: [{ name }] } = await client.listTools();
console.log(name, JSON.stringify(await client.callTool({ name, arguments: { a: 1, b: 2 } })));
await client.close();
`,
);

/** The scenarios that are about streams, with how many checks each makes. */
const SCENARIOS = { initialize: 1, tools_call: 1, "sse-retry": 3 };
/** The first of them offers no tool to call. */
const { initialize: _, ...CALLS } = SCENARIOS;

const example = fill(commandOf("mcp.ts"), {}).slice(1);
const CLIENTS: Readonly<Record<string, [readonly string[], Readonly<Record<string, number>>]>> = {
  "the example": [[Deno.execPath(), ...example], SCENARIOS],
  "the SDK with this package": [[node, sdk], CALLS],
};

for (const [client, [command, scenarios]] of Object.entries(CLIENTS)) {
  for (const [scenario, checks] of Object.entries(scenarios)) {
    test(`package: of MCP, ${client} passes the scenario ${scenario}`, async () => {
      const conformance = `${folderOf("@modelcontextprotocol/conformance")}/dist/index.js`;
      const words = command.map((word) => `'${word}'`).join(" ");
      const { output, errors } = await runCommand(
        [node, conformance, "client", "--command", words, "--scenario", scenario],
        ROOT,
      );
      const text = output + errors;
      const [, passed, made, failed] = /^Passed: (\d+)\/(\d+), (\d+) failed/m.exec(text) ?? [];
      assertEquals([made, failed], [`${checks}`, "0"], text);
      // On a machine that is busy the client may come late, which is a warning.
      assert(Number(passed) >= checks - (scenario === "sse-retry" ? 1 : 0), text);
    });
  }
}

test("package: of MCP, the SDK's older transport follows a stream with this package", async () => {
  const seen: (string | null)[] = [];
  let send: (event: string) => void = () => {};
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      seen.push(`${request.method} ${request.headers.get("x-token")}`);
      if (request.method === "GET") {
        const { readable, writable } = new TransformStream<string, string>();
        const writer = writable.getWriter();
        send = (event) => void writer.write(`${event}\n\n`).catch(() => {});
        send("event: endpoint\ndata: /messages");
        const headers = { "Content-Type": "text/event-stream" };
        return new Response(readable.pipeThrough(new TextEncoderStream()), { headers });
      }
      const { id, method, params } = await request.json();
      const results: Record<string, unknown> = {
        initialize: {
          protocolVersion: params?.protocolVersion,
          capabilities: { tools: {} },
          serverInfo: { name: "test", version: "1.0.0" },
        },
        "tools/list": { tools: [{ name: "count", inputSchema: { type: "object" } }] },
        "tools/call": { content: [{ type: "text", text: "counted" }] },
      };
      const answer = { jsonrpc: "2.0", id, result: results[method] };
      if (id !== undefined) send(`event: message\ndata: ${JSON.stringify(answer)}`);
      return new Response(null, { status: 202 });
    },
  );
  try {
    const { output, errors } = await project.run(
      [node, sdk, "old", `http://127.0.0.1:${server.addr.port}/`],
    );
    assertEquals(output, 'count {"content":[{"type":"text","text":"counted"}]}\n', errors);
    assertEquals(seen, ["GET secret", ...Array(4).fill("POST secret")]);
  } finally {
    await server.shutdown();
  }
});
