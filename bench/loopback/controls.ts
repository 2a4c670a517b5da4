/**
 * What no client can do without: reading the bytes (the floor), and giving each event to the
 * runtime's EventTarget (the control). The control knows of the stream what no client may assume.
 *
 * @module
 */

import { get } from "node:http";
import { type Client, receiveAll, type Task } from "./task.ts";

/** Fetches, decodes, splits at blank lines and dispatches what follows "data: ". */
export const control: Client = (task) => dispatchBlocks(task, fetchText);

/** The same over node:http. */
export const controlOverHttp: Client = (task) => dispatchBlocks(task, httpText);

/** Fetches and decodes. */
export const floor: Client = (task) => readText(task, fetchText);

/** The same over node:http. */
export const floorOverHttp: Client = (task) => readText(task, httpText);

/** Reads a stream and calls `onText` with its text; the promise is for what stops it. */
type Reader = (task: Task, onText: (text: string) => void) => Promise<() => void>;

class DataEvent extends Event {
  readonly data: string;

  constructor(type: string, data: string) {
    super(type);
    this.data = data;
  }
}

async function dispatchBlocks(task: Task, read: Reader): Promise<number> {
  const { type, count } = task;
  let stop: Promise<() => void> | undefined;
  const length = await receiveAll(count, (receive) => {
    const target = new EventTarget();
    target.addEventListener(type, (event) => receive((event as DataEvent).data));
    let rest = "";
    stop = read(task, (text) => {
      const blocks = (rest + text).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        target.dispatchEvent(new DataEvent(type, block.slice(block.indexOf("data: ") + 6)));
      }
    });
  });
  (await stop)?.();
  return length;
}

async function readText(task: Task, read: Reader): Promise<number> {
  let length = 0;
  let stop: Promise<() => void> | undefined;
  await new Promise<void>((resolve) => {
    stop = read(task, (text) => {
      length += text.length;
      if (length >= task.textLength) resolve();
    });
  });
  (await stop)?.();
  return length;
}

async function fetchText(
  { url, fetch: custom = fetch }: Task,
  onText: (text: string) => void,
): Promise<() => void> {
  const controller = new AbortController();
  const response = await custom(url, { signal: controller.signal });
  const reader = response.body!.getReader();
  pump(reader, onText).catch(() => {});
  return () => {
    reader.cancel().catch(() => {});
    controller.abort();
  };
}

async function pump(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  onText: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onText(decoder.decode(value, { stream: true }));
  }
}

function httpText({ url }: Task, onText: (text: string) => void): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const decoder = new TextDecoder();
    const request = get(url, (response) => {
      response.on("data", (chunk) => onText(decoder.decode(chunk, { stream: true })));
      response.on("error", () => {});
      resolve(() => request.destroy());
    }).on("error", reject);
  });
}
