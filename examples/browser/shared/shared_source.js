// One connection to an event stream for all tabs. To use it, copy this file, hub.js and worker.js.
//
// The connection is in a SharedWorker. In a browser without, the tab that holds a lock leads: it has
// the connection, and a BroadcastChannel takes the events to the others. When it goes, the next tab
// gets the lock, and resumes after the last event that it has seen.

import { Hub } from "./hub.js";

/** How many ids a tab remembers, to recognize events that a new leader repeats. */
const REMEMBERED = 100;
/** How long a tab waits for an answer before it asks again, in milliseconds. */
const PATIENCE = 1000;
/** How long a leader keeps the lock after a final error, in milliseconds: until all tabs know it. */
const GRACE = 1000;

/**
 * Dispatches the stream's events by their types, and:
 * - `open` when the connection opens;
 * - `error` with `message`, `reason`, `status` and `willReconnect`: if false, the source is closed;
 * - `gap` when this tab may have missed events, because it was away for too long, or events have no
 *   ids: load your data anew.
 *
 * A new tab gets the events from now on. One that was away first gets those after its last one; so
 * does one with `lastEventId`.
 */
export class SharedSource extends EventTarget {
  url;
  lastEventId;
  readyState = EventSource.CONNECTING;
  /** Where the connection is: "worker", "this tab" or "another tab". */
  place;
  #tab = Math.random();
  /** The id of the hub that has answered. */
  #hub;
  /** Whether any has answered. */
  #wasWelcome = false;
  /** The ids of the latest events, and those that the hub is going to repeat. */
  #ids;
  #repeated;
  /** Leaves the hub; absent while this tab is away. */
  #leave;
  #timer;
  #closing = new AbortController();

  constructor(url, { lastEventId } = {}) {
    super();
    this.url = new URL(url, document.baseURI).href;
    // localStorage.getItem() gives null for none.
    this.lastEventId = lastEventId ?? "";
    this.#ids = [this.lastEventId];
    this.#join();
    // A tab that is frozen, or in the back/forward cache, cannot lead.
    const { signal } = this.#closing;
    addEventListener("pagehide", () => this.#goAway(), { signal });
    addEventListener("pageshow", () => this.#join(), { signal });
    document.addEventListener("freeze", () => this.#goAway(), { signal });
    document.addEventListener("resume", () => this.#join(), { signal });
  }

  close() {
    this.#end();
  }

  #join() {
    if (this.#leave !== undefined) return;
    if ("SharedWorker" in globalThis) this.#useWorker();
    else if ("locks" in navigator) this.#useChannel();
    else this.#useNothing();
  }

  #goAway(hasFailed = false) {
    clearTimeout(this.#timer);
    this.#leave?.(hasFailed);
    this.#leave = undefined;
    this.#hub = undefined;
    if (this.readyState === EventSource.OPEN) this.readyState = EventSource.CONNECTING;
  }

  #end(hasFailed) {
    this.readyState = EventSource.CLOSED;
    this.#closing.abort();
    this.#goAway(hasFailed);
  }

  #useWorker() {
    this.place = "worker";
    const script = new URL("worker.js", import.meta.url);
    const worker = new SharedWorker(script, { type: "module", name: this.url });
    const { port } = worker;
    worker.onerror = () => this.#error({ message: `Cannot load ${script}`, willReconnect: false });
    let isAlive = true;
    port.onmessage = ({ data }) => {
      isAlive = true;
      this.#receive(data, port);
    };
    // A worker can die before its tabs. WebKit starts it anew when the tab goes in whose process it
    // is, but not every tab gets to know the new one.
    const pulse = setInterval(() => {
      if (isAlive) {
        isAlive = false;
        return port.postMessage({ kind: "ping" });
      }
      this.#goAway();
      this.#join();
    }, 2 * PATIENCE);
    this.#leave = () => {
      clearInterval(pulse);
      port.postMessage({ kind: "leave" });
      port.close();
    };
    this.#ask(port);
  }

  #useChannel() {
    this.place = "another tab";
    const name = `events ${this.url}`;
    const channel = new BroadcastChannel(name);
    const leaving = new AbortController();
    let hub;
    channel.onmessage = ({ data }) => {
      if (data.kind === "join") hub?.welcome(channel, data);
      else this.#receive(data, channel);
    };
    this.#leave = (hasFailed) => {
      channel.close();
      hub?.close();
      if (hasFailed && hub !== undefined) setTimeout(() => leaving.abort(), GRACE);
      else leaving.abort();
    };
    this.#ask(channel);
    navigator.locks.request(name, { signal: leaving.signal }, () => {
      const left = new Promise((resolve) => leaving.signal.addEventListener("abort", resolve));
      hub = new Hub(this.url, this.lastEventId);
      this.#lead(hub, channel);
      return left;
    }).catch(ignoreAbort);
  }

  /** Pages that are not secure have no locks: this tab has a connection of its own. */
  #useNothing() {
    const hub = new Hub(this.url, this.lastEventId);
    this.#leave = () => hub.close();
    this.#lead(hub);
  }

  /** Has the connection in this tab. */
  #lead(hub, channel) {
    this.place = "this tab";
    if (channel !== undefined) {
      hub.add(channel);
      channel.postMessage({ kind: "lead" });
    }
    const own = { postMessage: (message) => this.#receive(message, own) };
    hub.add(own);
    hub.welcome(own, this.#position);
  }

  get #position() {
    return { url: this.url, tab: this.#tab, lastEventId: this.lastEventId };
  }

  /** Asks until a hub answers: while another takes over, messages can be lost. */
  #ask(port) {
    this.#hub = undefined;
    port.postMessage({ kind: "join", ...this.#position });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(port), PATIENCE);
  }

  #receive(message, port) {
    // What was under way when this tab left is for nobody.
    if (this.#leave === undefined) return;
    if (message.kind === "lead") return this.#ask(port);
    if (message.kind === "welcome" && message.tab === this.#tab) return this.#follow(message);
    // A new hub repeats what the last one has sent too late.
    if (message.hub !== this.#hub) return;
    if (message.kind === "open") this.#open();
    else if (message.kind === "error") this.#error(message);
    else if (message.kind === "event") this.#deliver(message);
  }

  /** A hub has answered. */
  #follow({ hub, readyState, lastEventId, missed }) {
    // It may have been asked twice.
    if (hub === this.#hub) return;
    clearTimeout(this.#timer);
    this.#hub = hub;
    this.#repeated = new Set();
    if (readyState === EventSource.OPEN) this.#open();
    const index = this.#ids.lastIndexOf(lastEventId);
    if (missed === undefined && index !== -1) {
      // This tab has seen more than the one whose last event the hub has resumed after.
      this.#repeated = new Set(this.#ids.slice(index + 1));
      return;
    }
    const isLost = this.#wasWelcome && this.lastEventId === "";
    this.#wasWelcome = true;
    if (missed === undefined || isLost) this.#dispatch(new Event("gap"));
    for (const event of missed ?? []) this.#deliver(event);
    this.#remember(lastEventId);
  }

  #open() {
    this.readyState = EventSource.OPEN;
    this.#dispatch(new Event("open"));
  }

  #error({ message, reason, status, willReconnect }) {
    this.readyState = EventSource.CONNECTING;
    const event = Object.assign(new Event("error"), { message, reason, status, willReconnect });
    if (willReconnect) return this.#dispatch(event);
    this.#end(true);
    this.dispatchEvent(event);
  }

  #deliver({ type, data, lastEventId }) {
    if (this.#repeated.delete(lastEventId)) return;
    this.#remember(lastEventId);
    this.#dispatch(new MessageEvent(type, { data, lastEventId }));
  }

  /** A listener may have closed it, in the middle of events. */
  get #isClosed() {
    return this.readyState === EventSource.CLOSED;
  }

  #remember(lastEventId) {
    if (this.#isClosed) return;
    this.lastEventId = lastEventId;
    this.#ids.push(lastEventId);
    if (this.#ids.length > REMEMBERED) this.#ids.shift();
  }

  #dispatch(event) {
    if (!this.#isClosed) this.dispatchEvent(event);
  }
}

/** A tab that leaves takes back its request for a lock. */
function ignoreAbort(error) {
  if (error.name !== "AbortError") throw error;
}
