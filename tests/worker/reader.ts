/**
 * A reader of an event stream that decides when it reads.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type EventSourceMessage, EventSourceParserStream } from "@x/eventsource";
import { until } from "../harness.ts";

/** How long a message may take, in milliseconds. */
const PATIENCE = 10_000;

/** One response that is read message by message. */
export interface Reader {
  /** The reconnection time that the stream has asked for; `undefined` until then. */
  readonly retry: number | undefined;
  /** The ids that the stream has set so far, those without an event included. */
  readonly ids: readonly string[];
  /** The next messages. Fails if the stream ends before. */
  next(count: number): Promise<EventSourceMessage[]>;
  /** The messages up to the end of the stream, and how that came. */
  rest(): Promise<{ readonly messages: EventSourceMessage[]; readonly broken: boolean }>;
  /** Reads to the end, and drops what comes. */
  read(): void;
  /** Waits for a comment; it has to be read for. */
  commented(): Promise<void>;
  /** Goes away. */
  abort(): void;
}

/** Connects, and reads nothing yet. */
export async function openReader(
  url: string,
  { lastEventId, headers }: { lastEventId?: string; headers?: Record<string, string> } = {},
): Promise<Reader> {
  const controller = new AbortController();
  const response = await fetch(url, {
    signal: controller.signal,
    headers: { ...headers, ...(lastEventId === undefined ? {} : { "Last-Event-ID": lastEventId }) },
  });
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("Content-Type"), "text/event-stream");
  const ids: string[] = [];
  let comments = 0;
  let retry: number | undefined;
  const reader = response.body!
    .pipeThrough(
      new EventSourceParserStream({
        onId: (id) => ids.push(id),
        onRetry: (time) => retry = time,
        onComment: () => comments++,
      }),
    )
    .getReader();
  return {
    ids,
    get retry(): number | undefined {
      return retry;
    },
    async next(count): Promise<EventSourceMessage[]> {
      const messages: EventSourceMessage[] = [];
      const timer = setTimeout(() => controller.abort(), PATIENCE);
      while (messages.length < count) {
        const { done, value } = await reader.read();
        if (done) throw new Error(`ended after ${messages.length} of ${count} messages`);
        messages.push(value);
      }
      clearTimeout(timer);
      return messages;
    },
    async rest(): Promise<{ messages: EventSourceMessage[]; broken: boolean }> {
      const messages: EventSourceMessage[] = [];
      const timer = setTimeout(() => controller.abort(), PATIENCE);
      try {
        while (true) {
          const { done, value } = await reader.read();
          if (done) return { messages, broken: false };
          messages.push(value);
        }
      } catch (error) {
        if (controller.signal.aborted) throw error;
        return { messages, broken: true };
      } finally {
        clearTimeout(timer);
      }
    },
    read(): void {
      const next = (): void => void reader.read().then(({ done }) => done || next(), () => {});
      next();
    },
    async commented(): Promise<void> {
      await until("a comment has come", () => comments > 0);
    },
    abort(): void {
      // Deno may keep the connection of a body that nobody is reading: the signal alone is not enough.
      reader.cancel().catch(() => {});
      controller.abort();
    },
  };
}
