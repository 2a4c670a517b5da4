// The one connection: it follows the stream and passes on what comes. It runs in worker.js, or in the
// tab that leads.

// In your own project: import { EventSource } from "@x/eventsource".
import "../../eventsource-polyfill.js";

/** How many events are kept for tabs that were away. */
const KEPT = 100;

export class Hub {
  id = Math.random();
  #source;
  /** What has a postMessage(): the ports of tabs, or the channel of all. */
  #ports = new Set();
  /** The latest events, after the one that the stream goes on from. */
  #kept;

  constructor(url, lastEventId) {
    this.#kept = [{ lastEventId }];
    this.#source = new EventSourcePolyfill(url, { lastEventId });
    this.#source.onopen = () => this.#send({ kind: "open" });
    this.#source.onerror = (event) => {
      const { message, reason, status, willReconnect } = event;
      // Final errors end the loop, after the last event. A server may name events "error", too.
      if (willReconnect) this.#send({ kind: "error", message, reason, status, willReconnect });
    };
    this.#follow();
  }

  get isClosed() {
    return this.#source.readyState === EventSource.CLOSED;
  }

  add(port) {
    this.#ports.add(port);
  }

  has(port) {
    return this.#ports.has(port);
  }

  /** Tells a tab where the stream is, and which events have followed the tab's last one. */
  welcome(port, { tab, lastEventId }) {
    const last = this.#kept.at(-1).lastEventId;
    // A tab without an id is new: it gets the events from now on.
    const index = this.#kept.findLastIndex((event) => event.lastEventId === (lastEventId || last));
    port.postMessage({
      kind: "welcome",
      hub: this.id,
      tab,
      readyState: this.#source.readyState,
      lastEventId: last,
      missed: index === -1 ? undefined : this.#kept.slice(index + 1),
    });
  }

  /** Closes the connection when the last one has gone. */
  remove(port) {
    this.#ports.delete(port);
    if (this.#ports.size === 0) this.close();
  }

  close() {
    this.#source.close();
  }

  async #follow() {
    try {
      for await (const { type, data, lastEventId } of this.#source) {
        const event = { kind: "event", type, data, lastEventId };
        this.#kept.push(event);
        if (this.#kept.length > KEPT) this.#kept.shift();
        this.#send(event);
      }
    } catch ({ message, reason, status }) {
      this.#send({ kind: "error", message, reason, status, willReconnect: false });
    }
  }

  #send(message) {
    for (const port of this.#ports) port.postMessage({ ...message, hub: this.id });
  }
}
