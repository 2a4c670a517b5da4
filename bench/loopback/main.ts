/**
 * A process that reads streams with one client, over loopback or, one event per chunk, through a
 * fetch that is given to it: `main.ts CLIENT SERVER`.
 *
 * @module
 */

import { args, type Measurement, serve, settle } from "../child.ts";
import { dataLength, eventsOf, streamOf } from "../workloads.ts";
import { CLIENTS, FLOORS } from "./clients.ts";
import type { Task } from "./task.ts";

/** How many chunks the fetch gives, each with one event of the stream of a language model. */
const CHUNKS = 100_000;

interface Expected {
  readonly task: Task;
  readonly length: number;
}

const [name = "", server = ""] = args;
const client = await CLIENTS[name]!();
const tasks = new Map<string, Expected>();

await serve(async ({ workload }: { workload: string }): Promise<Measurement> => {
  if (!tasks.has(workload)) tasks.set(workload, prepare(workload));
  const { task, length } = tasks.get(workload)!;
  await settle();
  const started = performance.now();
  const received = await client(task);
  const ms = performance.now() - started;
  if (received !== length) throw new Error(`got ${received} code units instead of ${length}`);
  return { ms };
});

function prepare(workload: string): Expected {
  const isInjected = workload === "one event per chunk";
  const kind = isInjected ? { ...streamOf("llm"), count: CHUNKS } : streamOf(workload);
  const { type, count } = kind;
  const events = eventsOf(kind);
  const textLength = events.reduce((sum, text) => sum + text.length, 0);
  return {
    task: {
      url: `${server}/stream?name=${encodeURIComponent(workload)}`,
      type,
      count,
      textLength,
      ...(isInjected ? { fetch: chunkedFetch(events) } : {}),
    },
    length: FLOORS.has(name) ? textLength : dataLength(kind),
  };
}

/**
 * A fetch whose response gives one event at a time, each when it is asked for, and then nothing.
 */
function chunkedFetch(events: readonly string[]): typeof fetch {
  const encoder = new TextEncoder();
  const chunks = events.map((event) => encoder.encode(event));
  return () => {
    let next = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller): Promise<void> | void {
        if (next === chunks.length) return new Promise(() => {});
        controller.enqueue(chunks[next++]!);
      },
    });
    const response = new Response(body, { headers: { "content-type": "text/event-stream" } });
    return Promise.resolve(response);
  };
}
