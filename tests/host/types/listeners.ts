/** What listeners and handlers are given. Compiled by tests/host/types_test.ts, never run. */

import { EventSource as Ours, EventSourceErrorEvent, EventSourceOpenEvent } from "../../../mod.ts";
import type { EventSourceErrorReason, TypedMessageEvent } from "../../../mod.ts";

/** Whether two types are the same; what one `any` would hide. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;
function same<A, B>(_same: Same<A, B>): void {}

const source = new Ours("http://localhost/");

source.onmessage = (event) => same<typeof event, TypedMessageEvent>(true);
source.onmessage = ({ data, lastEventId }) => console.log(data, lastEventId.length);
source.onmessage = async (event) => await Promise.resolve(event.data);
source.onmessage = null;
source.addEventListener("message", (event) => same<typeof event, TypedMessageEvent>(true));

// A type of the server's.
source.addEventListener("price", (event) => same<typeof event, MessageEvent>(true));
source.addEventListener("price", { handleEvent: (event) => console.log(event.lastEventId) });
// @ts-expect-error: a message has no reason
source.addEventListener("price", (event) => console.log(event.reason));
// @ts-expect-error: nor has one without a type of its own
source.onmessage = (event) => console.log(event.reason);

// An error event of ours, or a message that the server calls so: every member may be missing.
source.onerror = (event) => {
  same<typeof event.reason, EventSourceErrorReason | undefined>(true);
  same<typeof event.status, number | undefined>(true);
  same<typeof event.message, string | undefined>(true);
  same<typeof event.data, string | undefined>(true);
  // @ts-expect-error: the message may be missing
  event.message.length;
  if (event instanceof EventSourceErrorEvent) {
    same<typeof event.reason, EventSourceErrorReason>(true);
    same<typeof event.message, string>(true);
    same<typeof event.status, number | undefined>(true);
    same<typeof event.error.reason, EventSourceErrorReason>(true);
    same<typeof event.response, Response | undefined>(true);
    // @ts-expect-error: there is no such reason
    if (event.reason === "nonsense") source.close();
  } else if (event instanceof MessageEvent) {
    console.log(event.data);
  }
};
source.addEventListener("error", (event) => {
  same<typeof event.reason, EventSourceErrorReason | undefined>(true);
  if (event instanceof EventSourceErrorEvent) event.message.length;
});

source.onopen = (event) => {
  same<typeof event.status, number | undefined>(true);
  if (event instanceof EventSourceOpenEvent) same<typeof event.redirected, boolean>(true);
};
source.addEventListener("open", (event) => console.log(event.headers?.get("x"), event.data));

// Listeners that ask for less, or for nothing, and options.
const listener = (event: Event): void => console.log(event.type);
const { signal } = new AbortController();
for (const type of ["open", "message", "error", "price"] as const) {
  source.addEventListener(type, listener, { once: true, passive: true, signal });
  source.removeEventListener(type, listener, { capture: true });
}
source.addEventListener("message", null);
source.removeEventListener("price", null, true);

// What was added can be removed, whatever it is typed as.
const onPrice = (event: MessageEvent<string>): void => console.log(event.data);
source.addEventListener("price", onPrice);
source.removeEventListener("price", onPrice);
// @ts-expect-error: a message has no reason
source.addEventListener("price", (event: EventSourceErrorEvent) => console.log(event.reason));
// @ts-expect-error: a listener takes no second argument
source.addEventListener("price", (event: MessageEvent, more: string) => console.log(event, more));
// @ts-expect-error: a handler is a function or null
source.onmessage = "handler";
// @ts-expect-error: read-only
source.readyState = 1;

// Events that the user names.
type State = "on" | "off";
interface Events {
  price: string;
  state: State;
}
const typed = new Ours<Events>("http://localhost/");
typed.addEventListener("state", ({ data }) => same<typeof data, State>(true));
typed.addEventListener("state", ({ type }) => same<typeof type, "state">(true));
typed.addEventListener("state", ({ lastEventId }) => same<typeof lastEventId, string>(true));
typed.addEventListener("price", { handleEvent: ({ data }) => same<typeof data, string>(true) });
typed.addEventListener("other", (event) => same<typeof event, MessageEvent>(true));
typed.onmessage = (event) => same<typeof event, TypedMessageEvent>(true);
typed.addEventListener("error", (event) => console.log(event.reason, event.data));
const onState = ({ data }: MessageEvent<State>): void => console.log(data);
typed.addEventListener("state", onState);
typed.removeEventListener("state", onState);
const onTyped = ({ data }: TypedMessageEvent<State>): void => console.log(data);
typed.addEventListener("state", onTyped);
typed.removeEventListener("state", onTyped);
// @ts-expect-error: the state is one of two
typed.addEventListener("state", ({ data }) => console.log(data === "broken"));
// @ts-expect-error: data is text
new Ours<{ count: number }>("http://localhost/");
const named = new Ours<{ message: State; error: string }>("http://localhost/");
named.onmessage = ({ data }) => same<typeof data, State>(true);
named.addEventListener("error", (event) => console.log(event.reason));
Ours.fromReadableStream<Events>(new ReadableStream()).addEventListener("state", onState);

async function loop(): Promise<void> {
  for await (const event of typed) {
    if (event.type === "state") same<typeof event.data, State>(true);
    // A loop gets messages of all types, those without a type of their own as well.
    else if (event.type === "message") same<typeof event.data, string>(true);
    else same<typeof event.type, "price">(true);
    // @ts-expect-error: no other type was named
    if (event.type === "other") source.close();
  }
  for await (const event of named) {
    same<typeof event.type, "message" | "error">(true);
    if (event.type === "message") same<typeof event.data, State>(true);
  }
  for await (const event of source) same<typeof event, TypedMessageEvent>(true);
}
void loop;

// What takes a plain source takes any, also one whose type is declared and not inferred.
declare const declared: Ours<Events>;
declare const declaredMessage: Ours<{ message: State }>;
function take(_source: Ours): void {}
take(source);
take(typed);
take(named);
take(declared);
take(declaredMessage);
const plain: Ours = declared;
void plain;

// What takes a typed source takes those that send nothing else, and no plain one.
function takeTyped(_source: Ours<Events>): void {}
takeTyped(typed);
takeTyped(declared);
declare const declaredPlain: Ours;
// @ts-expect-error: it may send anything
takeTyped(declaredPlain);
// @ts-expect-error: its loop gets more than prices
const prices: Ours<{ price: string }> = declared;
void prices;
