/**
 * An upstream that keeps its events, and sends to each connection those that follow its last id.
 *
 * @module
 */

import { until } from "../harness.ts";

/** An event. */
export interface UpstreamEvent {
  /** Default: its number. Connections resume by numbers alone; an empty one is not sent. */
  readonly id?: string;
  readonly type?: string;
  readonly data: string;
}

/** A running upstream. */
export interface Upstream extends AsyncDisposable {
  readonly url: string;
  /** The last event id of each request so far; "" for none. */
  readonly requests: readonly string[];
  /** The Authorization of each request so far. */
  readonly authorizations: readonly (string | null)[];
  /** How many connections are open. */
  readonly open: number;
  /** What new connections are answered with. Default: 200. */
  status: number;
  /** How long they are told to wait, if it is not 200, in seconds. Default: nothing is said. */
  retryAfter?: number;
  /** Adds events, each sent on its own. */
  publish(...events: readonly UpstreamEvent[]): void;
  /** Sends a comment. */
  beat(): void;
  /** Cuts all connections. */
  cut(): void;
  /** Waits until it is so. Fails after 10 seconds. */
  until(condition: (upstream: Upstream) => boolean): Promise<void>;
}

/** Starts the upstream. `port`, on the loopback interface, is one that is free by default. */
export function startUpstream({ port = 0 }: { readonly port?: number } = {}): Upstream {
  const encoder = new TextEncoder();
  const events: Uint8Array[] = [];
  const requests: string[] = [];
  const authorizations: (string | null)[] = [];
  const connections = new Set<ReadableStreamDefaultController<Uint8Array>>();
  const send = (bytes: Uint8Array): void => {
    for (const connection of connections) connection.enqueue(bytes);
  };
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port,
    onListen(): void {},
    // That a connection was cut is no news.
    onError: () => new Response(null, { status: 500 }),
  }, (request) => {
    const lastEventId = request.headers.get("last-event-id") ?? "";
    requests.push(lastEventId);
    authorizations.push(request.headers.get("authorization"));
    if (upstream.status !== 200) {
      const { status, retryAfter } = upstream;
      const headers = retryAfter === undefined ? {} : { "Retry-After": `${retryAfter}` };
      return new Response(null, { status, headers });
    }
    let connection: ReadableStreamDefaultController<Uint8Array>;
    const stream = new ReadableStream<Uint8Array>({
      start(controller): void {
        connections.add(connection = controller);
        controller.enqueue(encoder.encode("retry: 50\n\n"));
        // A reader without an id begins with the next event.
        const from = /^\d+$/.test(lastEventId) ? Number(lastEventId) : events.length;
        for (const event of events.slice(from)) controller.enqueue(event);
      },
      cancel(): void {
        connections.delete(connection);
      },
    });
    return new Response(stream, { headers: { "Content-Type": "text/event-stream" } });
  });
  const upstream: Upstream = {
    url: `http://127.0.0.1:${server.addr.port}/`,
    requests,
    authorizations,
    get open(): number {
      return connections.size;
    },
    status: 200,
    publish(...added): void {
      for (const { id = `${events.length + 1}`, type, data } of added) {
        const lines = data.split("\n").map((line) => `data: ${line}\n`).join("");
        const name = type === undefined ? "" : `event: ${type}\n`;
        const field = id === "" ? "" : `id: ${id}\n`;
        const event = encoder.encode(`${name}${field}${lines}\n`);
        events.push(event);
        send(event);
      }
    },
    beat: () => send(encoder.encode(": heartbeat\n\n")),
    cut(): void {
      for (const connection of connections) connection.error(new Error("cut by the test"));
      connections.clear();
    },
    async until(condition): Promise<void> {
      await until(
        () => `${condition}, with requests ${requests} and ${upstream.open} open`,
        () => condition(upstream),
      );
    },
    async [Symbol.asyncDispose](): Promise<void> {
      upstream.cut();
      await server.shutdown();
    },
  };
  return upstream;
}
