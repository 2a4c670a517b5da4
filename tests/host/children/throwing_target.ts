/**
 * A source where `EventTarget` has been replaced by one that throws what listeners throw, as
 * happy-dom's does in Vitest and Jest. Prints what is reported and what is dispatched.
 *
 * @module
 */

import { caught } from "./globals.ts";

class ThrowingTarget {
  readonly #listeners: [type: string, listener: EventListenerObject][] = [];

  addEventListener(type: string, listener: EventListenerObject): void {
    this.#listeners.push([type, listener]);
  }

  removeEventListener(): void {}

  dispatchEvent(event: Event): boolean {
    for (const [type, listener] of this.#listeners) {
      if (type === event.type) listener.handleEvent(event);
    }
    return true;
  }
}

caught("uncaught exception", (thrown) => console.log(`caught ${thrown}`));
caught("unhandled rejection", (thrown) => console.log(`unhandled ${thrown}`));
Object.assign(globalThis, { EventTarget: ThrowingTarget });
const { EventSource } = await import("../../../mod.ts");

const source = EventSource.fromReadableStream(new Blob(["data: a\n\ndata: b\n\n"]).stream());
source.onopen = () => {
  throw new Error("onopen");
};
source.onmessage = ({ data }) => {
  throw new Error(`onmessage ${data}`);
};
source.onerror = ({ message }) => {
  throw new Error(message);
};
