import { assertEquals } from "@std/assert";
import { createParser, EventSource } from "@x/eventsource";
import fc from "npm:fast-check@^4.10.2";
import { config, test } from "./harness.ts";
import { interpret, type Interpretation } from "./reference.ts";

/** Pieces of streams, so that what matters to the parser is frequent. */
const piece = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("\n", "\r", "\r\n", "\n\n", "\r\r", "\r\n\r\n") },
  { weight: 6, arbitrary: fc.constantFrom("data", "data:", "data: ", "id:", "id: ", "event: ") },
  { weight: 3, arbitrary: fc.constantFrom("retry: ", "retry:", ":", ": ", " ", "\uFEFF", "\0") },
  { weight: 2, arbitrary: fc.constantFrom("id", "event", "retry", "dat", "Data: ", "foo: ") },
  { weight: 2, arbitrary: fc.nat(99999).map(String) },
  { weight: 3, arbitrary: fc.string({ unit: "binary", maxLength: 8 }) },
);

const bytes = fc.oneof(
  {
    weight: 9,
    arbitrary: fc.array(piece, { maxLength: 60, size: "max" })
      .map((pieces) => new TextEncoder().encode(pieces.join(""))),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 80 }) },
);

/** Sizes of chunks; what is left after them is one more. */
const sizes = fc.array(fc.nat(12), { maxLength: 40, size: "max" });

function split(stream: Uint8Array, into: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  for (const size of into) chunks.push(stream.subarray(at, at += size));
  return [...chunks, stream.subarray(at)];
}

function parse(chunks: readonly (string | Uint8Array)[]): Interpretation {
  const events: Interpretation["events"] = [];
  const retries: number[] = [];
  let lastEventId = "";
  const parser = createParser({
    onEvent: ({ event = "message", data }) => events.push({ type: event, data, lastEventId }),
    onId: (id) => lastEventId = id,
    onRetry: (retry) => retries.push(retry),
  });
  for (const chunk of chunks) parser.feed(chunk);
  return { events, retries, lastEventId };
}

test(`parser: ${config.streams} random streams of bytes in random chunks read as the standard says`, () => {
  fc.assert(
    fc.property(bytes, sizes, (stream, into) => {
      assertEquals(parse(split(stream, into)), interpret(stream));
    }),
    { numRuns: config.streams },
  );
});

test("parser: random text in random chunks reads as the standard says", () => {
  fc.assert(
    fc.property(bytes, sizes, (stream, into) => {
      // Chunks of text, cut anywhere, surrogate pairs included.
      const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(stream);
      const chunks: string[] = [];
      let at = 0;
      for (const size of into) chunks.push(text.slice(at, at += size));
      assertEquals(parse([...chunks, text.slice(at)]), interpret(stream));
    }),
    { numRuns: config.streams / 10 },
  );
});

test("EventSource: random streams in random chunks dispatch as the standard says", async () => {
  await fc.assert(
    fc.asyncProperty(bytes, sizes, async (stream, into) => {
      const expected = interpret(stream);
      const source = EventSource.fromReadableStream(
        new ReadableStream<Uint8Array>({
          start(controller): void {
            for (const chunk of split(stream, into)) controller.enqueue(chunk);
            controller.close();
          },
        }),
      );
      const events: Interpretation["events"] = [];
      for (const type of new Set(expected.events.map(({ type }) => type))) {
        source.addEventListener(type, (event) => {
          if (!(event instanceof MessageEvent)) return;
          const { type, data, lastEventId } = event;
          events.push({ type, data, lastEventId });
        });
      }
      await new Promise<void>((resolve) => {
        source.addEventListener("error", (event) => {
          if (!(event instanceof MessageEvent)) resolve();
        });
      });
      assertEquals(events, expected.events);
      assertEquals(source.lastEventId, expected.lastEventId);
      assertEquals(source.reconnectionTime, expected.retries.at(-1) ?? 3000);
    }),
    { numRuns: Math.min(config.streams / 10, 1000) },
  );
});
