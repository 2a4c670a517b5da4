// deno run --allow-net examples/mcp.ts [endpoint]

/**
 * Calls a tool over the Streamable HTTP transport of the Model Context Protocol: JSON-RPC in a
 * POST. The answer is JSON or a stream. If a stream ends before the answer has come, a GET with
 * `Last-Event-ID` brings the rest.
 *
 * Unless you name an endpoint, the server is in this file: it closes the stream halfway on purpose,
 * as the protocol allows.
 *
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/basic/transports}
 * @module
 */

import { setTimeout as wait } from "node:timers/promises";
import { EventSource, EventSourceError } from "@x/eventsource";

const VERSION = "2025-11-25";

/** A message of JSON-RPC, as far as this client looks into it. */
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: Result;
  readonly error?: { readonly message: string };
}

/** The members of results that are of interest here. */
interface Result {
  readonly protocolVersion?: string;
  readonly tools?: readonly Tool[];
}

interface Tool {
  readonly name: string;
  readonly inputSchema: { readonly properties?: Record<string, { readonly type?: string }> };
}

/** A session with a server. */
class Session {
  readonly #endpoint: string;
  readonly #headers: Record<string, string> = { "MCP-Protocol-Version": VERSION };
  #requests = 0;

  constructor(endpoint: string) {
    this.#endpoint = endpoint;
  }

  /** Agrees on a version, and on a session where the server wants one. */
  async initialize(): Promise<void> {
    const { protocolVersion = VERSION } = await this.request("initialize", {
      protocolVersion: VERSION,
      capabilities: {},
      clientInfo: { name: "example", version: "1.0.0" },
    });
    this.#headers["MCP-Protocol-Version"] = protocolVersion;
    await this.notify("notifications/initialized");
  }

  /** Sends a request; its result. */
  async request(method: string, params: object = {}): Promise<Result> {
    const id = ++this.#requests;
    const post = new EventSource(this.#endpoint, this.#post({ id, method, params }));
    post.onopen = ({ headers }) => this.#keepSession(headers);
    const answer = await this.#answerOf(post, id) ?? await this.#resume(post, id);
    if (answer.error !== undefined) throw new Error(`${method}: ${answer.error.message}`);
    return answer.result ?? {};
  }

  /** The answer to a request, of a stream or as JSON; `undefined` if the stream ends before it. */
  async #answerOf(source: EventSource, id: number): Promise<Message | undefined> {
    try {
      for await (const { data } of source) {
        // The first event may have only an id, from which to resume.
        if (data === "") continue;
        const message: Message = JSON.parse(data);
        if (message.id === id && message.method === undefined) return message;
        console.log(message.method, JSON.stringify(message.params));
      }
    } catch (error) {
      if (!(error instanceof EventSourceError)) throw error;
      const { reason, response } = error;
      if (response?.headers.get("content-type")?.startsWith("application/json")) {
        this.#keepSession(response.headers);
        const message: Message = await response.json();
        // An answer as JSON, or an error with its reason.
        if (reason === "content-type" || message.error !== undefined) return message;
      }
      // A stream that broke off can be resumed if its events have ids.
      if (reason !== "network" || source.lastEventId === "") throw error;
    }
    return undefined;
  }

  /** Reads the rest of a stream. This source connects again by itself, the POST could not. */
  async #resume({ lastEventId, reconnectionTime }: EventSource, id: number): Promise<Message> {
    if (lastEventId === "") throw new Error("the stream ended before the answer");
    console.log(`resuming after event ${lastEventId}`);
    await wait(reconnectionTime);
    const rest = new EventSource(this.#endpoint, {
      headers: this.#headers,
      lastEventId,
      // The server's `retry` says exactly how long to wait.
      reconnection: { delay: reconnectionTime, jitter: 0, maxRetries: 5 },
    });
    const answer = await this.#answerOf(rest, id);
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

/** Arguments that a tool takes: 3 for each number, a word for each text. */
function argumentsFor({ inputSchema: { properties = {} } }: Tool): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, { type = "" }]) => [
      name,
      /^(number|integer)$/.test(type) ? 3 : type === "boolean" ? true : "word",
    ]),
  );
}

const server = Deno.args[0] === undefined ? startServer() : undefined;
const session = new Session(Deno.args[0] ?? `http://127.0.0.1:${server?.addr.port}/mcp`);
try {
  await session.initialize();
  const { tools: [tool] = [] } = await session.request("tools/list");
  if (tool === undefined) {
    console.log("the server has no tools");
  } else {
    const call = { name: tool.name, arguments: argumentsFor(tool), _meta: { progressToken: 1 } };
    console.log("result", JSON.stringify(await session.request("tools/call", call)));
  }
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
    if (method === "tools/list") {
      const inputSchema = { type: "object", properties: { to: { type: "integer" } } };
      const result = { tools: [{ name: "count", inputSchema }] };
      return Response.json({ jsonrpc: "2.0", id, result });
    }
    if (method !== "tools/call") return new Response(null, { status: 202 });
    const { arguments: { to }, _meta: { progressToken } } = params;
    const messages = Array.from({ length: to }, (_, index) => ({
      method: "notifications/progress",
      params: { progressToken, progress: index + 1, total: to },
    }));
    const answer = { id, result: { content: [{ type: "text", text: `counted to ${to}` }] } };
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
