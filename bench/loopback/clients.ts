/**
 * The clients that are compared. Each runs in a process of its own, so what the engine learns from
 * the calls of one does not slow another down.
 *
 * @module
 */

import { type EventSourceClass, load, loadOurs } from "../packages.ts";
import { control, controlOverHttp, floor, floorOverHttp } from "./controls.ts";
import { type Client, receiveAll } from "./task.ts";

/** By name; each loads what it needs when it is asked for. */
export const CLIENTS: Readonly<Record<string, () => Promise<Client>>> = {
  "ours": async () => eventSource((await loadOurs<Module>("mod")).EventSource),
  "ours (node:http)": async () => eventSource((await loadOurs<Module>("node")).EventSource),
  "eventsource": async () => eventSource((await load<Module>("eventsource")).EventSource),
  "undici": async () => eventSource((await load<Module>("undici")).EventSource),
  "launchdarkly-eventsource": async () =>
    eventSource((await load<Module>("launchdarkly-eventsource")).EventSource),
  "native": () => Promise.resolve(eventSource(globalThis.EventSource as EventSourceClass)),
  "eventsource-client": async () => {
    const { createEventSource } = await load<EventSourceClient>("eventsource-client");
    return async ({ url, type, count, fetch }) => {
      let client: { close(): void } | undefined;
      const length = await receiveAll(count, (receive) => {
        client = createEventSource({
          url,
          ...(fetch === undefined ? {} : { fetch }),
          onMessage: ({ event = "message", data }) => {
            if (event === type) receive(data);
          },
        });
      });
      client?.close();
      return length;
    };
  },
  "fetch-event-stream": async () => {
    const { events } = await load<FetchEventStream>("fetch-event-stream");
    return async ({ url, type, count, fetch: custom = fetch }) => {
      const controller = new AbortController();
      const response = await custom(url, { signal: controller.signal });
      let length = 0;
      let left = count;
      for await (const { event = "message", data = "" } of events(response)) {
        if (event === type) length += data.length;
        if (--left === 0) break;
      }
      controller.abort();
      return length;
    };
  },
  "@microsoft/fetch-event-source": async () => {
    // It is for pages: these are all that it uses of one.
    Object.assign(globalThis, { window: globalThis, document: { removeEventListener() {} } });
    const { fetchEventSource } = await load<FetchEventSource>("@microsoft/fetch-event-source");
    return async ({ url, type, count, fetch: custom = fetch }) => {
      const controller = new AbortController();
      const length = await receiveAll(count, (receive) => {
        fetchEventSource(url, {
          signal: controller.signal,
          fetch: custom,
          openWhenHidden: true,
          onmessage: ({ event, data }) => {
            if ((event || "message") === type) receive(data);
          },
        });
      });
      controller.abort();
      return length;
    };
  },
  "control": () => Promise.resolve(control),
  "control (node:http)": () => Promise.resolve(controlOverHttp),
  "floor": () => Promise.resolve(floor),
  "floor (node:http)": () => Promise.resolve(floorOverHttp),
};

/** The names of those that read the text and find no events in it. */
export const FLOORS: ReadonlySet<string> = new Set(["floor", "floor (node:http)"]);

function eventSource(EventSource: EventSourceClass): Client {
  return async ({ url, type, count, fetch }) => {
    const source = new EventSource(url, fetch === undefined ? {} : { fetch });
    const length = await receiveAll(count, (receive) => {
      source.addEventListener(type, (event) => receive(event.data));
    });
    source.close();
    return length;
  };
}

interface Module {
  readonly EventSource: EventSourceClass;
}

interface EventSourceClient {
  createEventSource(options: {
    url: string;
    fetch?: typeof fetch;
    onMessage(event: { event?: string; data: string }): void;
  }): { close(): void };
}

interface FetchEventStream {
  events(response: Response): AsyncIterable<{ event?: string; data?: string }>;
}

interface FetchEventSource {
  fetchEventSource(url: string, options: {
    signal: AbortSignal;
    fetch: typeof fetch;
    openWhenHidden: boolean;
    onmessage(event: { event: string; data: string }): void;
  }): Promise<void>;
}
