import { assertEquals } from "@std/assert";
import { EventSource, EventSourceErrorEvent } from "@x/eventsource";
import fc from "npm:fast-check@^4.10.2";
import { config, delay, test } from "./harness.ts";
import { type Act, type Arrival, FOREVER, Model, type Seen } from "./source_model.ts";

/** Text that servers send, so that what changes the state is frequent. */
const piece = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("data: a\n\n", "data: \u20AC\r\n\r\n", "data\r\r") },
  { weight: 3, arbitrary: fc.constantFrom("event: x\ndata: b\n\n", "event: error\ndata: c\n\n") },
  { weight: 3, arbitrary: fc.constantFrom("id: 1\n", "id: \u20AC\n", "id\n", "id: 2\n\n", "\n") },
  { weight: 2, arbitrary: fc.constantFrom(`retry: ${FOREVER}\n`, "retry: 0\n", "retry: -1\n") },
  { weight: 1, arbitrary: fc.constantFrom("data: unfinished", "id: 3", "\r", ":") },
);
const chunks = fc.tuple(fc.array(piece, { maxLength: 6 }), fc.nat(20)).map(([pieces, cut]) => {
  const all = new TextEncoder().encode(pieces.join(""));
  return [all.subarray(0, cut), all.subarray(cut)];
});

interface AllCommands {
  /** A status; 0 for no response. */
  answer: number;
  send: readonly Uint8Array[];
  end: "closed" | "network";
  call: Act;
  /** What a listener is to do, after so many other events. */
  plan: Act;
  after: number;
  /** Starts one. */
  loop: true;
  /** Whether loops stop at what they have. */
  hold: boolean;
}

/** One thing that happens. What makes no sense at its time does not. */
type Command = Partial<AllCommands>;

const act = fc.constantFrom<Act[]>("close", "reconnect", "reconnect", "reconnect", "reset");
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ answer: fc.constantFrom(200, 200, 200, 200, 0, 0, 503) }) },
  { weight: 10, arbitrary: fc.record({ send: chunks }) },
  { weight: 4, arbitrary: fc.record({ end: fc.constantFrom("closed", "network") }) },
  { weight: 1, arbitrary: fc.record({ call: act }) },
  { weight: 6, arbitrary: fc.record({ plan: act, after: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ loop: fc.constant<true>(true) }) },
  { weight: 4, arbitrary: fc.record({ hold: fc.boolean() }) },
);

/** A request: how to answer it, and what has become of that. */
interface Exchange {
  readonly answer: (response: Response) => void;
  readonly fail: (error: Error) => void;
  readonly signal: AbortSignal;
  body?: ReadableStreamDefaultController<Uint8Array>;
  isOver: boolean;
}

/** The source itself, with a server that does what it is told. */
class Real implements Seen {
  readonly events: string[] = [];
  readonly requests: string[] = [];
  readonly loops: string[][] = [];
  readonly source: EventSource;
  readonly #exchanges: Exchange[] = [];
  #plan: { act: Act; after: number } | undefined;
  /** What loops wait for, while they are held, and what lets them go on. */
  #gate: Promise<void> | undefined;
  #openGate = (): void => {};

  constructor(maxRetries: number) {
    let attempt = 0;
    this.source = new EventSource("http://localhost/", {
      reconnection: { delay: 0, jitter: 0, factor: 1, stableAfter: Infinity, maxRetries },
      headers: (context) => {
        attempt = context.attempt;
        return {};
      },
      fetch: (_url, { headers, signal }) => {
        const id = new Headers(headers).get("last-event-id") ?? "";
        const sent = Uint8Array.from(id, (character) => character.charCodeAt(0));
        // Where header values are text, not bytes, they come as they are.
        const text = /[^\0-\xFF]/.test(id) ? id : new TextDecoder().decode(sent);
        this.requests.push(`${attempt} ${text}`);
        return new Promise((answer, fail) => {
          this.#exchanges.push({ answer, fail, signal, isOver: false });
        });
      },
    });
    for (const type of ["open", "message", "x", "error"]) {
      this.source.addEventListener(type, (event) => this.#note(event));
    }
  }

  answer(status: number, exchange: Exchange = this.#exchanges.at(-1)!): void {
    if (status === 0) {
      exchange.isOver = true;
      return exchange.fail(new Error("no connection"));
    }
    const body = new ReadableStream<Uint8Array>({
      start(controller): void {
        exchange.body = controller;
        // A loop waits for the body of a rejected response: tests/iteration_test.ts.
        if (status === 200) return;
        exchange.isOver = true;
        controller.close();
      },
      cancel(): void {
        exchange.isOver = true;
      },
    });
    exchange.answer(
      new Response(body, { status, headers: { "Content-Type": "text/event-stream" } }),
    );
  }

  arrive(arrivals: readonly Arrival[]): void {
    const exchange = this.#exchanges.at(-1)!;
    for (const arrival of arrivals) {
      if (typeof arrival !== "string") {
        exchange.body!.enqueue(arrival);
        continue;
      }
      exchange.isOver = true;
      if (arrival === "closed") exchange.body!.close();
      else exchange.body!.error(new Error("broken"));
    }
  }

  plan(act: Act, after: number): void {
    this.#plan = { act, after };
  }

  async loop(): Promise<void> {
    const received: string[] = [];
    this.loops.push(received);
    try {
      for await (const { type, data, lastEventId } of this.source) {
        received.push(`${type} ${data} ${lastEventId}`);
        await this.#gate;
      }
      received.push("done");
    } catch (error) {
      received.push((error as { reason: string }).reason);
    }
  }

  hold(isHeld: boolean): void {
    if (isHeld) {
      this.#gate ??= new Promise((resolve) => this.#openGate = resolve);
    } else {
      this.#openGate();
      this.#gate = undefined;
    }
  }

  perform(act: Act): void {
    try {
      this.source[act]();
    } catch (error) {
      assertEquals([(error as Error).name, this.source.readyState], ["InvalidStateError", 2]);
    }
  }

  /** How many requests go on. */
  get openCount(): number {
    return this.#exchanges.filter(({ isOver, signal, body }) =>
      !isOver && !(signal.aborted && body === undefined)
    ).length;
  }

  /** Answers the requests that nobody waits for any longer: somebody has to cancel that. */
  answerLate(): void {
    for (const exchange of this.#exchanges) {
      if (exchange.body === undefined && !exchange.isOver) this.answer(200, exchange);
    }
  }

  seen(): { events: readonly string[]; requests: readonly string[] } {
    return { events: this.events, requests: this.requests };
  }

  #note(event: Event): void {
    const text = event instanceof MessageEvent
      ? `${event.type} ${event.data} ${event.lastEventId}`
      : event instanceof EventSourceErrorEvent
      ? `error ${event.reason} ${event.attempt} ${event.willReconnect}`
      : event.type;
    this.events.push(`${this.source.readyState} ${text}`);
    if (this.#plan === undefined || this.#plan.after-- > 0) return;
    const { act } = this.#plan;
    this.#plan = undefined;
    this.perform(act);
  }
}

/** Waits until the source has done as much as the model: its waits, however short, are timers. */
async function settle(model: Model, real: Real): Promise<void> {
  await delay(0);
  const size = ({ events, requests, loops }: Seen) =>
    events.length + requests.length + (model.isHeld ? 0 : loops.flat().length);
  for (let turn = 0; turn < 200 && size(real) < size(model); turn++) await delay(1);
}

function compare(model: Model, real: Real): void {
  const { readyState, lastEventId, reconnectionTime } = real.source;
  assertEquals(
    { ...real.seen(), readyState, lastEventId, reconnectionTime, open: real.openCount },
    {
      events: model.events,
      requests: model.requests,
      readyState: model.readyState,
      lastEventId: model.lastEventId,
      reconnectionTime: model.reconnectionTime,
      open: model.openCount,
    },
  );
}

async function run(maxRetries: number, commands: readonly Command[]): Promise<void> {
  const model = new Model(maxRetries);
  const real = new Real(maxRetries);
  try {
    await goThrough(model, real, commands);
  } finally {
    real.source.close();
  }
}

async function goThrough(model: Model, real: Real, commands: readonly Command[]): Promise<void> {
  for (const command of [{}, ...commands, { hold: false }, { call: "close" }] as Command[]) {
    const { isAsked, isOpen } = model;
    for (const one of [model, real]) {
      if (command.answer !== undefined && isAsked) one.answer(command.answer);
      if (command.send !== undefined && isOpen) one.arrive(command.send);
      if (command.end !== undefined && isOpen) one.arrive([command.end]);
      if (command.call !== undefined) one.perform(command.call);
      if (command.plan !== undefined) one.plan(command.plan, command.after ?? 0);
      if (command.loop !== undefined) one.loop();
      if (command.hold !== undefined) one.hold(command.hold);
    }
    await settle(model, real);
    compare(model, real);
  }
  real.answerLate();
  await settle(model, real);
  compare(model, real);
  assertEquals(real.loops, model.loops);
}

test("EventSource: whatever happens, in whatever order, it does what a model of it does", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(Infinity, 2, 0),
      fc.array(command, { maxLength: 40, size: "max" }),
      run,
    ),
    { numRuns: Math.ceil(config.streams / 75) },
  );
});
