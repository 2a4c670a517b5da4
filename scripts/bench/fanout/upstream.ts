/**
 * An upstream that publishes events at a steady rate, each with the time, and keeps them.
 *
 * @module
 */

/** A running upstream. */
export interface Upstream {
  readonly url: string;
  /** How many events there have been. */
  readonly published: number;
  /** Publishes so many events per second from now on. */
  publish(rate: number, data: string): void;
  /** Publishes no more. */
  pause(): void;
  close(): Promise<void>;
}

/** How often events are published, in milliseconds. */
const INTERVAL = 20;

/** Starts an upstream on a port of its own. */
export function startUpstream(): Upstream {
  const encoder = new TextEncoder();
  const events: Uint8Array[] = [];
  const connections = new Set<ReadableStreamDefaultController<Uint8Array>>();
  let timer: ReturnType<typeof setInterval> | undefined;
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen(): void {},
    // One that was cut is no news: the feed is killed.
    onError: () => new Response(null, { status: 500 }),
  }, ({ headers }) => {
    const position = Number(headers.get("Last-Event-ID") ?? events.length);
    let own: ReadableStreamDefaultController<Uint8Array>;
    const stream = new ReadableStream<Uint8Array>({
      start(controller): void {
        connections.add(own = controller);
        controller.enqueue(encoder.encode("retry: 100\n\n"));
        for (const event of events.slice(position)) controller.enqueue(event);
      },
      cancel(): void {
        connections.delete(own);
      },
    });
    return new Response(stream, { headers: { "Content-Type": "text/event-stream" } });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}/`,
    get published(): number {
      return events.length;
    },
    publish(rate, data): void {
      const start = performance.now();
      const before = events.length;
      timer = setInterval(() => {
        const due = before + Math.floor((performance.now() - start) / 1000 * rate);
        while (events.length < due) {
          const id = events.length + 1;
          const event = encoder.encode(`id: ${id}\ndata: ${Date.now()} ${data}\n\n`);
          events.push(event);
          for (const connection of connections) connection.enqueue(event);
        }
      }, INTERVAL);
    },
    pause: () => clearInterval(timer),
    async close(): Promise<void> {
      clearInterval(timer);
      for (const connection of connections) connection.close();
      connections.clear();
      await server.shutdown();
    },
  };
}
