/**
 * How our types and those of the platform's `EventSource` fit: the DOM library's, or Deno's.
 * Compiled by tests/host/types_test.ts, never run.
 */

import { EventSource as Ours, type EventSourceInit as OurInit } from "../../../mod.ts";

/** A library that was written for the platform's. */
function follow(source: EventSource): EventSource {
  source.onmessage = function (event) {
    // The platform says what `this` is; with ours as well.
    console.log(this.url, event.data);
  };
  source.addEventListener("price", (event) => console.log(event.data));
  source.addEventListener("open", function () {
    console.log(this.readyState === this.OPEN);
  });
  return source;
}

// Ours serves wherever the platform's is asked for.
const ours = new Ours(new URL("http://localhost/"), { withCredentials: true });
const platform: EventSource = ours;
follow(ours).close();
declare const typed: Ours<{ message: "on" | "off"; price: string }>;
follow(typed).close();

const constructor: typeof globalThis.EventSource = Ours;
globalThis.EventSource = Ours;
const states: readonly [0, 1, 2] = [constructor.CONNECTING, constructor.OPEN, constructor.CLOSED];
const options: EventSourceInit = {};
const made: EventSource = new constructor("http://localhost/", options);
const ourOptions: OurInit = options;
const headers: HeadersInit = [["a", "b"]];
new Ours("http://localhost/", { ...ourOptions, headers });

// The platform's does not serve where ours is asked for: it has less.
// @ts-expect-error: no lastEventId, reconnectionTime, reset
const reverse: Ours = platform;
// @ts-expect-error: no fromReadableStream
const reverseConstructor: typeof Ours = globalThis.EventSource;

export { made, reverse, reverseConstructor, states };
