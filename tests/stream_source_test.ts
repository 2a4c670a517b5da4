import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  EventSource,
  EventSourceOpenEvent,
  EventSourceParserStream,
  ParseError,
} from "@x/eventsource";
import { delay, test, until } from "./harness.ts";
import {
  collect,
  endedStreamOf,
  messages,
  next,
  nextError,
  nextOpen,
  streamOf,
} from "./sources.ts";

const encoder = new TextEncoder();

test("fromReadableStream: opens asynchronously, dispatches, and closes at the end", async () => {
  const source = EventSource.fromReadableStream(
    endedStreamOf("id: 1\nretry: 50\ndata: a\n\n", "event: x\nda", "ta: b\n\ndata: unfinished"),
  );
  const order: string[] = [];
  source.onopen = (event) => {
    assert(event instanceof EventSourceOpenEvent);
    order.push(`open ${source.readyState} ${event.url} ${event.status} ${event.redirected}`);
  };
  source.onmessage = (event) =>
    order.push(`message ${event.data} ${event.lastEventId} ${source.lastEventId} ${event.origin}`);
  source.addEventListener("x", (event) => order.push(`x ${event.data} ${event.lastEventId}`));
  const error = await nextError(source);
  assertEquals(order, [
    "open 1 about:event-stream undefined false",
    "message a 1 1 null",
    "x b 1",
  ]);
  assertEquals([error.reason, error.status, source.readyState], ["closed", undefined, 2]);
  assertEquals([source.lastEventId, source.reconnectionTime], ["1", 50]);
});

test("fromReadableStream: an empty stream opens and closes, and no second error comes", async () => {
  const source = EventSource.fromReadableStream(endedStreamOf());
  let errors = 0;
  source.onerror = () => errors++;
  await Promise.all([nextOpen(source), nextError(source)]);
  await delay(20);
  assertEquals([errors, source.readyState], [1, 2]);
});

test("fromReadableStream: a stream that breaks off closes the source, after its events", async () => {
  const cause = new Error("mine");
  let pulls = 0;
  const source = EventSource.fromReadableStream(
    new ReadableStream<Uint8Array>({
      pull(controller): void {
        if (pulls++ === 0) controller.enqueue(encoder.encode("data: a\n\n"));
        else controller.error(cause);
      },
    }),
  );
  const [received, error] = await Promise.all([messages(source, 1), nextError(source)]);
  assertEquals(received[0]?.data, "a");
  assertEquals([error.reason, error.error.cause, source.readyState], ["network", cause, 2]);
  assertEquals(error.message, "The stream broke off: mine");
});

test("fromReadableStream: takes text as well as bytes, and no other chunk", async () => {
  const text = new ReadableStream<string>({
    start(controller): void {
      controller.enqueue("data: \u20AC\n\n");
      controller.enqueue(5 as unknown as string);
    },
  });
  const source = EventSource.fromReadableStream(text);
  const [received, error] = await Promise.all([messages(source, 1), nextError(source)]);
  assertEquals(received[0]?.data, "\u20AC");
  assertEquals([error.reason, source.readyState], ["network", 2]);
  assert(error.message.includes("got number"), error.message);
});

test("fromReadableStream: attributes are up to date when a pipe into the stream resolves", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const source = EventSource.fromReadableStream(readable);
  const options = { preventClose: true };
  await endedStreamOf("id: 42\nretry: 77\ndata: a\n\n").pipeTo(writable, options);
  assertEquals([source.lastEventId, source.reconnectionTime], ["42", 77]);
  const [[message]] = await Promise.all([
    messages(source, 1),
    endedStreamOf("data: b\n\n").pipeTo(writable, options),
  ]);
  assertEquals([message?.data, message?.lastEventId], ["b", "42"]);
  source.close();
});

test("fromReadableStream: close() cancels the stream", async () => {
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
  const source = EventSource.fromReadableStream(stream);
  await nextOpen(source);
  source.close();
  await delay(0);
  assertEquals(cancelled, true);

  let cancelledEarly = false;
  EventSource.fromReadableStream(
    new ReadableStream<Uint8Array>({ cancel: () => void (cancelledEarly = true) }),
  ).close();
  await delay(0);
  assertEquals(cancelledEarly, true);
});

test("reset(): discards the unfinished and keeps the rest", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const source = EventSource.fromReadableStream(readable);
  const received: string[] = [];
  source.onmessage = ({ data, lastEventId }) => received.push(`${data} ${lastEventId}`);
  source.addEventListener("x", () => received.push("x"));
  const options = { preventClose: true };
  const half = encoder.encode("id: 1\nretry: 9\n\nid: 2\nevent: x\ndata: half\nda\u20AC").subarray(
    0,
    -1,
  );
  await endedStreamOf(half).pipeTo(writable, options);
  source.reset();
  assertEquals([source.lastEventId, source.reconnectionTime, source.readyState], ["1", 9, 1]);
  await endedStreamOf("\uFEFFdata: b\n\ndata: c\r").pipeTo(writable, options);
  source.reset();
  // The LF would belong to the CR before it.
  await endedStreamOf("\ndata: d\n\n").pipeTo(writable, options);
  assertEquals(received, ["b 1", "d 1"]);
  source.close();
});

test("reset(): in a listener, discards what the same chunk still holds", async () => {
  const source = EventSource.fromReadableStream(streamOf("data: a\n\ndata: b\n\n", "data: c\n\n"));
  const received: string[] = [];
  source.onmessage = ({ data }) => {
    received.push(data);
    if (data === "a") source.reset();
    if (data === "c") source.close();
  };
  await until("the source is closed", () => source.readyState === EventSource.CLOSED);
  assertEquals(received, ["a", "c"]);
});

test("EventSourceParserStream: takes text and bytes, and gives the same messages", async () => {
  const text = "\uFEFFid: 1\r\ndata: \u20AC\r\n\r\nevent: x\ndata: b\n\n: c\nid: 2\n\ndata: c";
  const bytes = () =>
    endedStreamOf(...Array.from(encoder.encode(text), (byte) => Uint8Array.of(byte)));
  const expected = [
    { id: "1", event: undefined, data: "\u20AC" },
    { id: undefined, event: "x", data: "b" },
  ];
  const ids: string[] = [];
  const stream = new EventSourceParserStream({ onId: (id) => ids.push(id) });
  assertEquals(await collect(bytes().pipeThrough(stream)), expected);
  assertEquals(ids, ["1", "2"]);
  const decoded = bytes().pipeThrough(
    new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>,
  );
  assertEquals(
    await collect(decoded.pipeThrough(new EventSourceParserStream())),
    expected,
  );
});

test("EventSourceParserStream: reports, and terminates if it is told to", async () => {
  const noted: unknown[] = [];
  const input = "retry: 5\n: c\nfoo: bar\ndata: a\n\n";
  const options = {
    onRetry: (retry: number) => noted.push(retry),
    onComment: (comment: string) => noted.push(comment),
    onError: (error: Error) => noted.push((error as ParseError).type),
  };
  const out = endedStreamOf(input).pipeThrough(new EventSourceParserStream(options));
  assertEquals((await collect(out)).length, 1);
  assertEquals(noted, [5, "c", "unknown-field"]);

  const strict = endedStreamOf("data: a\n\n", input + "data: b\n\n")
    .pipeThrough(new EventSourceParserStream({ onError: "terminate" }));
  await assertRejects(() => collect(strict), ParseError, "unknown-field");
});

test("EventSourceParserStream: a stream beyond maxBufferSize is errored in any case", async () => {
  const bounded = endedStreamOf("data: 1234567890")
    .pipeThrough(new EventSourceParserStream({ maxBufferSize: 8, onError: () => {} }));
  await assertRejects(() => collect(bounded), ParseError, "maxBufferSize");
});

test("fromReadableStream: an event that the server calls error is a message, and changes nothing", async () => {
  const source = EventSource.fromReadableStream(streamOf("event: error\ndata: a\n\ndata: b\n\n"));
  const [error] = await Promise.all([next(source, "error"), messages(source, 1)]);
  if (!(error instanceof MessageEvent)) throw new Error(`got a ${error}`);
  assertEquals([error.data, source.readyState], ["a", EventSource.OPEN]);
  source.close();
});
