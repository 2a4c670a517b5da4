/**
 * Ends the one thing that keeps the process alive, in the way that the first argument names, and
 * prints "closed". The second argument is a URL. Nothing calls process.exit: that the process ends
 * is what the test is about.
 *
 * @module
 */

import process from "node:process";
import { EventSource } from "../../../mod.ts";

const [way = "", url = ""] = process.argv.slice(2);

function closed(): void {
  console.log("closed");
}

function closeNow(source: EventSource): void {
  source.close();
  closed();
}

const ways: Record<string, () => void> = {
  "after a message"(): void {
    const source = new EventSource(url);
    source.onmessage = () => closeNow(source);
  },
  "right after the constructor"(): void {
    closeNow(new EventSource(url));
  },
  "during the connect"(): void {
    const source = new EventSource(url);
    source.onopen = source.onerror = () => console.log("this server answers nothing");
    setTimeout(() => closeNow(source), 200);
  },
  "while waiting to reconnect"(): void {
    const source = new EventSource(url);
    // In a task of its own: the timer is set, and the dispatch is over.
    source.onerror = () => setTimeout(() => closeNow(source), 50);
  },
  "in the error event before the wait"(): void {
    const source = new EventSource(url);
    source.onerror = () => closeNow(source);
  },
  "by its signal"(): void {
    const controller = new AbortController();
    const source = new EventSource(url, { signal: controller.signal });
    source.onmessage = () => {
      controller.abort();
      closed();
    };
  },
  "by its signal, while waiting to reconnect"(): void {
    const controller = new AbortController();
    const source = new EventSource(url, { signal: controller.signal });
    source.onerror = () =>
      setTimeout(() => {
        controller.abort();
        closed();
      }, 50);
  },
  "by a signal that is aborted already"(): void {
    const source = new EventSource(url, { signal: AbortSignal.abort() });
    if (source.readyState === EventSource.CLOSED) closed();
  },
  "by a rejected response"(): void {
    const source = new EventSource(url);
    source.onerror = closed;
  },
  "by a rejected response that a listener looked at"(): void {
    const source = new EventSource(url);
    source.onerror = ({ response }) => console.log(response?.status === 404 ? "closed" : "odd");
  },
  "made from the body of a response"(): void {
    fetch(url).then(({ body }) => {
      if (body === null) throw new Error("The response has no body");
      const source = EventSource.fromReadableStream(body);
      source.onmessage = () => closeNow(source);
    });
  },
  "with Symbol.dispose"(): void {
    const source = new EventSource(url);
    source.onmessage = () => {
      source[Symbol.dispose]();
      closed();
    };
  },
};

const close = ways[way];
if (close === undefined) throw new Error(`There is no way ${JSON.stringify(way)}`);
close();
