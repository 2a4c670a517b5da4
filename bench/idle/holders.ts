/**
 * What holds a connection open, and calls back at an event: clients, and the transports alone,
 * which show what of the cost is the platform's.
 *
 * @module
 */

import { get } from "node:http";
import { type EventSourceClass, load, loadOurs } from "../packages.ts";

/** Opens a connection; resolves when it is open. */
export type Hold = (url: string, onEvent: () => void) => Promise<void>;

/** By name. */
export const HOLDERS: Readonly<Record<string, () => Promise<Hold>>> = {
  "ours": async () => eventSource((await loadOurs<Module>("mod")).EventSource),
  "ours (node:http)": async () => eventSource((await loadOurs<Module>("node")).EventSource),
  "eventsource": async () => eventSource((await load<Module>("eventsource")).EventSource),
  "fetch alone": () =>
    Promise.resolve(async (url, onEvent) => {
      const response = await fetch(url);
      response.body!.getReader().read().then(onEvent);
    }),
  "node:http alone": () =>
    Promise.resolve((url, onEvent) =>
      new Promise((resolve) => {
        get(url, { agent: false }, (response) => {
          response.once("data", onEvent);
          resolve();
        });
      })
    ),
};

/** Those that stay referenced, as those of a program are. */
const sources: unknown[] = [];

function eventSource(EventSource: EventSourceClass): Hold {
  return (url, onEvent) =>
    new Promise((resolve) => {
      const source = new EventSource(url);
      source.addEventListener("open", () => resolve());
      source.addEventListener("message", onEvent);
      sources.push(source);
    });
}

interface Module {
  readonly EventSource: EventSourceClass;
}
