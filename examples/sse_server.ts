// deno run --allow-net examples/sse_server.ts [port]

/**
 * A weather station that sends its readings as server-sent events, on a free port unless you name
 * one.
 *
 * A reader that reconnects sends `Last-Event-ID` and gets the readings that followed: the latest ones
 * are kept in memory. Built on the ServerSentEventStream of Deno's standard library.
 *
 * @module
 */

import { ServerSentEventStream } from "@std/http/server-sent-event-stream";

/** What ServerSentEventStream takes (its build for npm has no types). */
interface ServerSentEventMessage {
  readonly id?: number;
  readonly event?: string;
  readonly data?: string;
  readonly retry?: number;
  readonly comment?: string;
}

/** How the server behaves; times are in milliseconds. */
export interface ServerOptions {
  /** The port, or 0 for one that is free. Default: 0. */
  readonly port?: number;
  /** The time from one event to the next. Default: 1000. */
  readonly interval?: number;
  /** How long a connection may be silent before a comment is sent. Default: 15,000. */
  readonly heartbeat?: number;
  /** How long readers are told to wait before they reconnect. Default: 2000. */
  readonly retry?: number;
  /** How many events are kept for readers that come back. Default: 100. */
  readonly kept?: number;
  /** Ids of events at which all connections are cut instead. Default: none. */
  readonly cutAt?: readonly number[];
  /** The id after which events are numbered: a restarted server goes on from it. Default: 0. */
  readonly lastId?: number;
  /** Called with the id of each event before it is sent. */
  readonly onEvent?: (id: number) => void;
  /** Answers requests for other paths than /events. Default: with a 404. */
  readonly fallback?: (request: Request) => Response;
}

/** A running server. */
export interface Server {
  /** Where its events are. */
  readonly url: string;
  /** Cuts all connections and stops. */
  close(): Promise<void>;
}

/** Lets pages of any origin read the events, also with headers of their own. */
const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Headers": "Authorization, Cache-Control, Last-Event-ID",
};

/** The latest events of a feed. Ids are consecutive numbers. */
class Feed {
  readonly #kept: number;
  readonly #messages: ServerSentEventMessage[] = [];
  #newest: number;
  /** Resolved, and replaced, with each event. */
  #change = Promise.withResolvers<true>();

  constructor(kept: number, lastId: number) {
    this.#kept = kept;
    this.#newest = lastId;
  }

  /** The id of the newest event; before the first, the one that it follows. */
  get newest(): number {
    return this.#newest;
  }

  /** The id of the oldest event that is kept. */
  get oldest(): number {
    return this.#newest - this.#messages.length + 1;
  }

  /** Whether the event with this id and all that follow are kept, or yet to come. */
  holds(id: number): boolean {
    return Number.isInteger(id) && id >= this.oldest && id <= this.#newest + 1;
  }

  /** The event with an id; `undefined` if it is not kept, or yet to come. */
  get(id: number): ServerSentEventMessage | undefined {
    return this.#messages[id - this.oldest];
  }

  /** Adds an event. */
  publish(message: ServerSentEventMessage): void {
    this.#messages.push({ ...message, id: ++this.#newest });
    if (this.#messages.length > this.#kept) this.#messages.shift();
    this.#change.resolve(true);
    this.#change = Promise.withResolvers();
  }

  /** Waits for the next event; false if the time runs out or the signal aborts first. */
  async change(timeout: number, signal: AbortSignal): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<false>();
    const giveUp = (): void => resolve(false);
    const timer = setTimeout(giveUp, timeout);
    signal.addEventListener("abort", giveUp);
    try {
      return await Promise.race([this.#change.promise, promise]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
    }
  }
}

/** Starts the server on the loopback interface. */
export function startServer({
  port = 0,
  interval = 1000,
  heartbeat = 15_000,
  retry = 2000,
  kept = 100,
  cutAt = [],
  lastId = 0,
  onEvent = () => {},
  fallback = () => new Response("The events are at /events\n", { status: 404 }),
}: ServerOptions = {}): Server {
  const feed = new Feed(kept, lastId);
  const connections = new Set<AbortController>();

  /** Everything one reader is sent: events it missed, new events, and comments in between. */
  async function* follow(
    lastEventId: string | null,
    signal: AbortSignal,
  ): AsyncGenerator<ServerSentEventMessage, never> {
    yield { retry, comment: " say in Last-Event-ID where to resume" };
    let next = (lastEventId === null ? feed.newest : Number(lastEventId)) + 1;
    while (true) {
      // Thrown into the response, it cuts the socket.
      signal.throwIfAborted();
      if (!feed.holds(next)) {
        // A reader that was away for too long must learn that something is missing.
        yield { event: "gap", data: "the events that followed your last one are not kept" };
        next = feed.oldest;
      }
      const message = feed.get(next);
      if (message !== undefined) {
        // The stream pulls one at a time: a slow reader falls behind, and nothing piles up.
        yield message;
        next++;
      } else if (!await feed.change(heartbeat, signal) && !signal.aborted) {
        yield { comment: " still here" };
      }
    }
  }

  function respond(request: Request): Response {
    if (new URL(request.url).pathname !== "/events") return fallback(request);
    if (request.method === "OPTIONS") return new Response(null, { headers: CORS });
    const connection = new AbortController();
    connections.add(connection);
    const messages = follow(request.headers.get("last-event-id"), connection.signal);
    const stream = new ReadableStream<ServerSentEventMessage>({
      async pull(controller): Promise<void> {
        controller.enqueue((await messages.next()).value);
      },
      cancel(): void {
        connections.delete(connection);
        connection.abort();
      },
    }, { highWaterMark: 0 });
    return new Response(stream.pipeThrough(new ServerSentEventStream()), {
      headers: { ...CORS, "Content-Type": "text/event-stream", "Cache-Control": "no-store" },
    });
  }

  function cutConnections(): void {
    for (const connection of connections) connection.abort();
    connections.clear();
  }

  const server = Deno.serve({
    hostname: "127.0.0.1",
    port,
    onListen(): void {},
    onError(error): Response {
      // Cut connections are normal here.
      if (!(error instanceof DOMException)) console.error(error);
      return new Response(null, { status: 500 });
    },
  }, respond);
  const timer = setInterval(() => {
    onEvent(feed.newest + 1);
    feed.publish(measure(feed.newest));
    if (cutAt.includes(feed.newest)) cutConnections();
  }, interval);

  return {
    url: `http://127.0.0.1:${server.addr.port}/events`,
    async close(): Promise<void> {
      clearInterval(timer);
      cutConnections();
      await server.shutdown();
    },
  };
}

/** Starts the server on the port in an argument; ends the program if it cannot. */
export function startAtPort(argument: string, options: ServerOptions = {}): Server {
  const port = Number(argument);
  if (!/^\d+$/.test(argument) || port > 65_535) {
    console.error(`A port is a number from 0 to 65535, and not ${JSON.stringify(argument)}`);
    Deno.exit(2);
  }
  try {
    return startServer({ ...options, port });
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    console.error(`Cannot listen at port ${port}: ${why}. Name another port.`);
    Deno.exit(1);
  }
}

/** Takes a reading: the temperature as a plain message, and every third time the wind. */
function measure(index: number): ServerSentEventMessage {
  const at = new Date().toISOString();
  if (index % 3 === 2) {
    const speed = round(4 + 3 * Math.sin(index / 5));
    return { event: "wind", data: JSON.stringify({ at, speed, from: "SW" }) };
  }
  return { data: JSON.stringify({ at, celsius: round(18 + 2 * Math.sin(index / 7)) }) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

if (import.meta.main) {
  const { url } = startAtPort(Deno.args[0] ?? "0");
  console.log(`Sending events at ${url}`);
  console.log(`Follow them: deno run --allow-net examples/sse_client.ts ${url}`);
}
