// deno run --allow-net examples/mcp.ts [endpoint]

/**
 * Calls a tool over the Streamable HTTP transport of the Model Context Protocol: JSON-RPC in a
 * POST, the answer as JSON or as a stream, and where the stream ends before the answer has come,
 * the rest by GET and `Last-Event-ID`.
 *
 * Unless you name an endpoint, the server is in this file: it closes the stream halfway on purpose,
 * as the protocol lets it.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports}
 * @module
 */

import { setTimeout as wait } from "node:timers/promises";
import { EventSource, type EventSourceError } from "@x/eventsource";

const VERSION = "2025-11-25";

/** A message of JSON-RPC, as far as this client looks into it. */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** A session with a server. */
class Session {
  readonly #endpoint: string;
  readonly #headers: Record<string, string> = { "MCP-Protocol-Version": VERSION };
  #requests = 0;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** Sends a request; its result. */
  async request(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#requests;
    const post = new EventSource(this.#endpoint, this.#post({ id, method, params }));
    let json: Promise<Message> | undefined;
    post.onopen = ({ headers }) => this.#keepSession(headers);
    post.onerror = ({ reason, response }) => {
      const isJson = response?.headers.get("content-type")?.startsWith("application/json");
      if (reason !== "content-type" || !isJson) return;
      // An answer that needs no stream.
      this.#keepSession(response?.headers);
      json = response?.json();
    };
    const streamed = await readAnswer(post, id).catch((error: EventSourceError) => {
      const isBroken = error.reason === "network" && post.lastEventId !== "";
      if (json === undefined && !isBroken) throw error;
    });
    const { error, result } = streamed ?? await (json ?? this.#resume(post, id));
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  /** Reads the rest of a stream. This source connects again by itself, the POST could not. */
  async #resume({ lastEventId, reconnectionTime }: EventSource, id: number): Promise<Message> {
    if (lastEventId === "") throw new Error("the stream ended before the answer");
    console.log(`resuming after event ${lastEventId}`);
    await wait(reconnectionTime);
    const rest = new EventSource(this.#endpoint, {
      headers: this.#headers,
      lastEventId,
      reconnection: { delay: reconnectionTime, maxRetries: 5 },
    });
    const answer = await readAnswer(rest, id);
    if (answer === undefined) throw new Error("the stream ended before the answer");
    return answer;
  }

  /** Says something that has no answer. */
  async notify(method: string): Promise<void> {
    const response = await fetch(this.#endpoint, this.#post({ method }));
    await response.body?.cancel();
    if (!response.ok) throw new Error(`${method} was answered with status ${response.status}`);
  }

  /** Ends the session, if there is one. */
  async close(): Promise<void> {
    if (!("Mcp-Session-Id" in this.#headers)) return;
    const response = await fetch(this.#endpoint, { method: "DELETE", headers: this.#headers });
    await response.body?.cancel();
  }

  #post(message: Message): { method: string; headers: Record<string, string>; body: string } {
    return {
      method: "POST",
      headers: {
        ...this.#headers,
        "Content-Type": "application/json",
        Accept: "application/json, text/event-stream",
      },
      body: JSON.stringify({ jsonrpc: "2.0", ...message }),
    };
  }

  #keepSession(headers: Headers | undefined): void {
    const id = headers?.get("mcp-session-id");
    if (id) this.#headers["Mcp-Session-Id"] = id;
  }
}

/** Reads a stream up to the answer to a request; `undefined` if it ends before. */
async function readAnswer(source: EventSource, id: number): Promise<Message | undefined> {
  for await (const { data } of source) {
    // The first event may have an id alone, from which to resume.
    if (data === "") continue;
    const message: Message = JSON.parse(data);
    if (message.id === id && message.method === undefined) return message;
    console.log(message.method, JSON.stringify(message.params));
  }
  return undefined;
}

const server = Deno.args[0] === undefined ? startServer() : undefined;
const session = new Session(Deno.args[0] ?? `http://127.0.0.1:${server?.addr.port}/mcp`);
try {
  await session.request("initialize", {
    protocolVersion: VERSION,
    capabilities: {},
    clientInfo: { name: "example", version: "1.0.0" },
  });
  await session.notify("notifications/initialized");
  const call = { name: "count", arguments: { to: 3 }, _meta: { progressToken: 1 } };
  console.log("result", JSON.stringify(await session.request("tools/call", call)));
} finally {
  await session.close();
  await server?.shutdown();
}

/** A server with one tool, which reports its progress. */
function startServer(): Deno.HttpServer<Deno.NetAddr> {
  let events: string[] = [];

  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async (request) => {
    if (request.method === "DELETE") return new Response(null, { status: 204 });
    if (request.method === "GET") return send(Number(request.headers.get("last-event-id")));
    const { id, method, params } = await request.json();
    if (method === "initialize") {
      const result = {
        protocolVersion: VERSION,
        capabilities: { tools: {} },
        serverInfo: { name: "example", version: "1.0.0" },
      };
      const headers = { "Mcp-Session-Id": crypto.randomUUID() };
      return Response.json({ jsonrpc: "2.0", id, result }, { headers });
    }
    if (!request.headers.has("mcp-session-id")) return new Response(null, { status: 400 });
    if (method !== "tools/call") return new Response(null, { status: 202 });
    const messages = [1, 2, 3].map((progress) => ({
      method: "notifications/progress",
      params: { progressToken: params._meta.progressToken, progress, total: 3 },
    }));
    const answer = { id, result: { content: [{ type: "text", text: "counted to 3" }] } };
    events = [...messages, answer].map((message) => JSON.stringify({ jsonrpc: "2.0", ...message }));
    events.unshift("");
    return send(0, 3);
  });

  /** Sends the events after an id, up to another. */
  function send(after: number, upTo?: number): Response {
    const text = events.map((data, index) => `id: ${index + 1}\nretry: 200\ndata: ${data}\n\n`)
      .slice(after, upTo).join("");
    return new Response(text, { headers: { "Content-Type": "text/event-stream" } });
  }
}
