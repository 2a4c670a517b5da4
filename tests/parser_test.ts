import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { createParser, type EventSourceMessage, ParseError } from "@x/eventsource";
import { engine, test } from "./harness.ts";

const encoder = new TextEncoder();

/** All that a parser reports, in order. */
function parse(
  chunks: readonly (string | Uint8Array)[],
  options: { maxBufferSize?: number } = {},
): unknown[] {
  const calls: unknown[] = [];
  const parser = createParser({
    ...options,
    onEvent: (event) => calls.push(event),
    onId: (id) => calls.push({ onId: id }),
    onRetry: (retry) => calls.push({ onRetry: retry }),
    onComment: (comment) => calls.push({ onComment: comment }),
    onError: ({ type, field, value, line }) => calls.push({ type, field, value, line }),
  });
  for (const chunk of chunks) parser.feed(chunk);
  return calls;
}

/** The data of the messages in a stream. */
function dataOf(...chunks: (string | Uint8Array)[]): string[] {
  return (parse(chunks) as Partial<EventSourceMessage>[]).flatMap(({ data }) => data ?? []);
}

function message(data: string, event?: string, id?: string): EventSourceMessage {
  return { data, event, id };
}

test("parser: fields make a message", () => {
  assertEquals(parse(["event: add\nid: 7\ndata: one\ndata: two\n\n"]), [
    { onId: "7" },
    message("one\ntwo", "add", "7"),
  ]);
});

test("parser: exactly one space after the colon is dropped", () => {
  assertEquals(dataOf("data:a\n\ndata: a\n\ndata:  a\n\ndata:\ta\n\n"), ["a", "a", " a", "\ta"]);
});

test("parser: a field without a colon has an empty value", () => {
  assertEquals(parse(["data\n\ndata\ndata\n\nevent\nid\ndata:x\n\n"]), [
    message(""),
    message("\n"),
    { onId: "" },
    message("x", undefined, ""),
  ]);
});

test("parser: empty data is a message, no data is none", () => {
  assertEquals(dataOf("data:\n\n\n\nevent: x\n\ndata: \n\n"), ["", ""]);
});

test("parser: an event type does not outlive its block", () => {
  assertEquals(parse(["event: a\n\ndata: x\n\nevent: b\nevent:\ndata: y\n\n"]), [
    message("x"),
    message("y"),
  ]);
});

test("parser: field names are matched to the letter", () => {
  assertEquals(dataOf("Data: a\n data: b\ndata : c\ndatax: d\n\ndata: e\n\n"), ["e"]);
  for (const name of ["data", "event", "id", "retry"]) {
    for (let at = 0; at <= name.length; at++) {
      const field = `${name.slice(0, at)}x${name.slice(at + 1)}`;
      const line = `${field}: 1`;
      assertEquals(parse([`${line}\n`]), [{ type: "unknown-field", field, value: "1", line }]);
    }
  }
});

test("parser: lines end in CR, LF and CRLF, mixed", () => {
  assertEquals(dataOf("data: a\r\rdata: b\n\ndata: c\r\n\r\ndata: d\r\n\ndata: e\n\r"), [
    "a",
    "b",
    "c",
    "d",
    "e",
  ]);
});

test("parser: a CRLF split over chunks is one line end", () => {
  assertEquals(dataOf("data: a\r", "\ndata: b\r", "\n\r", "\n"), ["a\nb"]);
  assertEquals(dataOf("data: a\r", "", "\n", "data: b\n\n"), ["a\nb"]);
});

test("parser: two CRs dispatch without the next chunk", () => {
  assertEquals(dataOf("data: a\r\r"), ["a"]);
  assertEquals(dataOf("data: a\r", "\r"), ["a"]);
});

test("parser: an LF of its own after a CRLF split over chunks is an empty line", () => {
  assertEquals(dataOf("data: a\r", "\n", "\n"), ["a"]);
});

test("parser: one byte order mark is stripped, a second one is data", () => {
  assertEquals(dataOf("\uFEFFdata: a\n\n"), ["a"]);
  assertEquals(dataOf("\uFEFF\uFEFFdata: a\n\ndata: b\n\n"), ["b"]);
  assertEquals(dataOf("data: a\n\n\uFEFFdata: b\n\n"), ["a"]);
  assertEquals(dataOf(encoder.encode("\uFEFF\uFEFFdata: a\n\ndata: b\n\n")), ["b"]);
});

test("parser: a byte order mark may be split over chunks of bytes", () => {
  const bytes = encoder.encode("\uFEFFdata: a\n\n");
  assertEquals(dataOf(...Array.from(bytes, (byte) => Uint8Array.of(byte))), ["a"]);
  assertEquals(dataOf("", new Uint8Array(), "\uFEFFdata: a\n\n"), ["a"]);
});

test("parser: a character may be split over chunks of bytes", () => {
  const bytes = encoder.encode("data: \u20AC \u{1F600}\n\n");
  assertEquals(dataOf(...Array.from(bytes, (byte) => Uint8Array.of(byte))), ["\u20AC \u{1F600}"]);
});

test("parser: invalid UTF-8 becomes U+FFFD", () => {
  const bytes = Uint8Array.of(...encoder.encode("data: "), 0xFF, 0xC0, ...encoder.encode("\n\n"));
  assertEquals(dataOf(bytes), ["\uFFFD\uFFFD"]);
});

test("parser: text after bytes ends a character that they left unfinished", () => {
  assertEquals(dataOf(encoder.encode("data: \u20AC").subarray(0, 8), "x\n\n"), ["\uFFFDx"]);
});

test("parser: an unfinished event is not dispatched", () => {
  assertEquals(parse(["id: 1\ndata: a\n"]), []);
  assertEquals(parse(["id: 1\ndata: a\n\nid: 2"]), [{ onId: "1" }, message("a", undefined, "1")]);
});

test("parser: an id is reported at the blank line, also without data", () => {
  assertEquals(parse(["id: 1\n"]), []);
  assertEquals(parse(["id: 1\n\nid: 2\nid: 3\n\n"]), [{ onId: "1" }, { onId: "3" }]);
});

test("parser: an id with U+0000 is ignored", () => {
  assertEquals(parse(["id: a\0b\n\nid: 1\nid: \0\ndata: x\n\n"]), [
    { onId: "1" },
    message("x", undefined, "1"),
  ]);
});

test("parser: retry takes ASCII digits only", () => {
  const huge = "9".repeat(400);
  assertEquals(parse([`retry: 010\nretry:5\nretry: 99999999999999999999\nretry: ${huge}\n`]), [
    { onRetry: 10 },
    { onRetry: 5 },
    { onRetry: 1e20 },
    { onRetry: Infinity },
  ]);
  for (const value of ["", "1.5", "1e3", "-1", "+1", "0x10", "5s", "\u0661", "5 ", " 5"]) {
    assertEquals(parse([`retry: ${value}\n`]), [
      { type: "invalid-retry", field: undefined, value, line: `retry: ${value}` },
    ]);
  }
});

test("parser: comments are reported less their colon and one space", () => {
  assertEquals(parse([":\n: a\n:b\n:  c:d\n"]), [
    { onComment: "" },
    { onComment: "a" },
    { onComment: "b" },
    { onComment: " c:d" },
  ]);
});

test("parser: unknown fields are reported", () => {
  assertEquals(parse(["foo: bar\nfoo\n"]), [
    { type: "unknown-field", field: "foo", value: "bar", line: "foo: bar" },
    { type: "unknown-field", field: "foo", value: "", line: "foo" },
  ]);
});

test("parser: every split of a stream gives the same", () => {
  const text =
    "\uFEFFid: 1\r\ndata: a\u20AC\r\rretry: 5\n: c\r\n\r\nevent: \u{1F600}\ndata\n\ndata: x";
  const bytes = encoder.encode(text);
  const expected = parse([text]);
  assertEquals(expected.length, 5);
  for (let first = 0; first <= bytes.length; first++) {
    for (let second = first; second <= bytes.length; second++) {
      const chunks = [
        bytes.subarray(0, first),
        bytes.subarray(first, second),
        bytes.subarray(second),
      ];
      assertEquals(parse(chunks), expected);
    }
  }
});

test("parser: a chunk that starts with data belongs to the block that is open", () => {
  for (const field of ["event: a", "id: 1", "data: x"]) {
    const text = `${field}\ndata: y\n\n`;
    assertEquals(parse([`${field}\n`, "data: y\n\n"]), parse([text]));
    assertEquals(parse([text]).length, field === "id: 1" ? 2 : 1);
  }
});

test("parser: maxBufferSize counts the type and the id of the block", () => {
  for (const field of ["event: 12345", "id: 12345"]) {
    assertEquals(parse([`${field}\ndata: ok\n\n`], { maxBufferSize: 13 }).length > 0, true);
    assertEquals(parse([`${field}\ndata: ok\n\n`], { maxBufferSize: 12 }).at(-1), {
      type: "max-buffer-size-exceeded",
      field: undefined,
      value: undefined,
      line: undefined,
    });
  }
});

test("parser: maxBufferSize is exact for a long line in short chunks", () => {
  let error: unknown;
  const maxBufferSize = 6 + 35_000 * 7;
  const parser = createParser({ maxBufferSize, onError: ({ type }) => error = type });
  parser.feed("data: ");
  for (let count = 1; count <= 35_000; count++) {
    parser.feed("1234567");
    if (error !== undefined) assertEquals(error, undefined, `after ${count}`);
  }
  parser.feed("8");
  assertEquals(error, "max-buffer-size-exceeded");
});

test("parser: maxBufferSize bounds a line and its event, however they are chunked", () => {
  const overflow = {
    type: "max-buffer-size-exceeded",
    field: undefined,
    value: undefined,
    line: undefined,
  };
  const text = "data: ok\n\ndata: 1234\ndata: 5678\ndata: 90\n\n";
  // Two lines have left "1234\n5678\n" when the third comes: 10 and 8 code units.
  assertEquals(parse([text], { maxBufferSize: 18 }).length, 2);
  assertEquals(parse([...text], { maxBufferSize: 18 }).length, 2);
  assertEquals(parse([text], { maxBufferSize: 17 }), [message("ok"), overflow]);
  for (let size = 1; size < text.length; size++) {
    const chunks = text.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
    const calls: unknown[] = [];
    const parser = createParser({
      maxBufferSize: 17,
      onEvent: (event) => calls.push(event),
      onError: (error) => calls.push(error.type),
    });
    assertThrows(
      () => chunks.forEach((chunk) => parser.feed(chunk)) ?? parser.feed("x"),
      ParseError,
    );
    assertEquals(calls, [message("ok"), "max-buffer-size-exceeded"]);
  }
});

test("parser: maxBufferSize does not count what nobody reads, however it is chunked", () => {
  for (
    const [text, reported] of [
      [`:${"x".repeat(99)}\n`, 0],
      [`unknown-field: ${"x".repeat(99)}\n`, 0],
      [`datax: ${"x".repeat(99)}\n`, 0],
      ["x: 1234\n", 1],
    ] as const
  ) {
    const stream = `data: 1\n${text}data: 2\n\n${text.replace("\n", "\r\n")}id: 3\n\n`;
    for (let size = 1; size <= stream.length; size++) {
      const calls: unknown[] = [];
      const errors: unknown[] = [];
      const parser = createParser({
        maxBufferSize: 12,
        onEvent: ({ data }) => calls.push(data),
        onId: (id) => calls.push(id),
        onError: ({ line }) => errors.push(line),
      });
      for (const chunk of stream.match(new RegExp(`[^]{1,${size}}`, "g")) ?? []) parser.feed(chunk);
      assertEquals(calls, ["1\n2", "3"], `${text} in ${size}`);
      assertEquals(errors, Array(2 * reported).fill(text.slice(0, -1)), `${text} in ${size}`);
    }
  }
});

test("parser: maxBufferSize is exact where it is shorter than a field's name", () => {
  const overflow = {
    type: "max-buffer-size-exceeded",
    field: undefined,
    value: undefined,
    line: undefined,
  };
  for (const name of ["data", "event", "id", "retry"]) {
    const limit = { maxBufferSize: name.length - 1 };
    for (const chunks of [[`${name}\n`], [name, "\n"], [...name, "\n"]]) {
      assertEquals(parse(chunks, limit), [overflow], `${chunks}`);
    }
    for (const chunks of [[`${name}s\n`], [name, "s\n"], [...name, "s", "\n"]]) {
      assertEquals(parse(chunks, limit), [], `${chunks}`);
    }
  }
  assertEquals(parse(["data: "], { maxBufferSize: 6 }), []);
  assertEquals(parse(["data: "], { maxBufferSize: 5 }), [overflow]);
});

test("parser: an unknown line is reported if it fits in what the block leaves of maxBufferSize", () => {
  for (const line of ["x: 3456", "x: 3456\r"]) {
    for (const chunks of [[`${line}\n`], [line, "\n"], [...line, "\n"]]) {
      assertEquals(parse(["data:1\n", ...chunks], { maxBufferSize: 9 }).length, 1, `${chunks}`);
      assertEquals(parse(["data:1\n", ...chunks], { maxBufferSize: 8 }), [], `${chunks}`);
    }
  }
});

test("parser: maxBufferSize counts comments that are listened for", () => {
  const text = `:${"x".repeat(20)}\n`;
  for (const chunks of [[text], [...text]]) {
    const parser = createParser({ maxBufferSize: 12, onComment: () => {} });
    assertThrows(() => chunks.forEach((chunk) => parser.feed(chunk)), ParseError);
  }
});

test("parser: without onError, what exceeds maxBufferSize is thrown at once", () => {
  for (const text of ["data: xxxxxxxx", "data: xxxxxxxx\n", "data: x\ndata: xxxx\n"]) {
    const parser = createParser({ maxBufferSize: 9 });
    const error = assertThrows(() => parser.feed(text), ParseError, "maxBufferSize (9)");
    assertEquals(error.type, "max-buffer-size-exceeded");
    assertThrows(() => parser.feed("\n"), ParseError);
    parser.reset();
    parser.feed("data: x\n\n");
  }
});

test("parser: an endless line is stopped, and reset() makes the parser usable again", () => {
  const errors: ParseError[] = [];
  const messages: EventSourceMessage[] = [];
  const parser = createParser({
    maxBufferSize: 100,
    onError: (error) => errors.push(error),
    onEvent: (event) => messages.push(event),
  });
  const error = assertThrows(() => {
    for (let count = 0; count < 1000; count++) parser.feed("data: xxxxxxxx");
  }, ParseError);
  assertEquals(errors, [error]);
  assertEquals(error.type, "max-buffer-size-exceeded");
  parser.reset();
  parser.feed("data: a\n\n");
  assertEquals(messages, [message("a")]);
});

test("parser: reset() forgets the unfinished, and re-arms the byte order mark", () => {
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => messages.push(event) });
  parser.feed(encoder.encode("event: x\nid: 1\ndata: a\nda\u20AC").subarray(0, -1));
  parser.reset();
  parser.feed("\uFEFFdata: b\n\n");
  parser.feed("data: c\r");
  parser.reset();
  parser.feed("\ndata: d\n\n");
  parser.feed(encoder.encode("data: \u20AC").subarray(0, -1));
  parser.reset();
  parser.feed(encoder.encode("data: e\n\n"));
  assertEquals(messages, [message("b"), message("d"), message("e")]);
});

test("parser: reset({ consume: true }) reads the unfinished line first", () => {
  const comments: string[] = [];
  const parser = createParser({ onComment: (comment) => comments.push(comment) });
  parser.feed(": half");
  parser.reset({ consume: true });
  parser.feed(": other");
  parser.reset();
  parser.reset();
  parser.feed(encoder.encode(": cut\u20AC").subarray(0, -1));
  parser.reset({ consume: true });
  assertEquals(comments, ["half", "cut\uFFFD"]);
});

test("parser: reset({ consume: true }) forgets that maxBufferSize was exceeded", () => {
  const parser = createParser({ maxBufferSize: 7 });
  assertThrows(() => parser.feed("data: 78"), ParseError);
  parser.reset({ consume: true });
  parser.feed("data: 7\n\n");
});

test("parser: the message of an error shows the start of what was ignored", () => {
  const messages: string[] = [];
  const parser = createParser({ onError: ({ message }) => messages.push(message) });
  parser.feed(`${"x".repeat(99)}: 1\nretry: ${"y".repeat(99)}\n`);
  assertEquals(messages, [
    `Ignored unknown-field: "${"x".repeat(40)}"`,
    `Ignored invalid-retry: "${"y".repeat(40)}"`,
  ]);
});

test("parser: reset({ consume: true }) drops an unknown line without a report", () => {
  for (const line of ["unknown: 1", "datax", "x", ": nobody listens", ""]) {
    const errors: ParseError[] = [];
    const messages: EventSourceMessage[] = [];
    const parser = createParser({
      onError: (error) => errors.push(error),
      onEvent: (event) => messages.push(event),
    });
    parser.feed(`data: a\n${line}`);
    parser.reset({ consume: true });
    parser.feed("data: b\n\n");
    assertEquals([errors, messages], [[], [message("b")]], line);
  }
  const values: unknown[] = [];
  const parser = createParser({ onError: ({ value }) => values.push(value) });
  parser.feed(encoder.encode("data\u20AC").subarray(0, -1));
  parser.reset({ consume: true });
  parser.feed("retry: soon");
  parser.reset({ consume: true });
  assertEquals(values, ["soon"]);
});

test("parser: reset() in a callback drops the rest of the chunk", () => {
  const seen: string[] = [];
  const parser = createParser({
    onId: (id) => {
      if (id === "2") parser.reset();
    },
    onEvent: ({ data }) => {
      seen.push(data);
      if (data === "a") parser.reset();
    },
  });
  parser.feed("data: a\n\ndata: b\n\ndata: c");
  parser.feed("data: d\n\nid: 2\ndata: e\n\ndata: f\n\n");
  assertEquals(seen, ["a", "d"]);
  parser.feed("data: a");
  parser.feed("\n\ndata: g\n\ndata: h");
  parser.feed("data: i\n\n");
  assertEquals(seen, ["a", "d", "a", "i"]);
});

test("parser: what a callback throws leaves feed(), which drops the rest of the chunk", () => {
  const seen: string[] = [];
  const parser = createParser({
    onEvent: ({ data }) => seen.push(data),
    onComment: (comment) => {
      throw new Error(comment);
    },
  });
  assertThrows(() => parser.feed("data: a\n: oops\ndata: b\n\nda\r"), Error, "oops");
  parser.feed("\ndata: c\n\n");
  parser.feed("data: d");
  assertThrows(() => parser.feed("\n:oops\ndata: e"), Error, "oops");
  parser.feed("\ndata: f\n\n");
  assertEquals(seen, ["a\nc", "d", "f"]);
});

test("parser: takes a view into a larger buffer", () => {
  assertEquals(dataOf(encoder.encode("xxdata: a\n\nxx").subarray(2, -2)), ["a"]);
});

test("parser: wrong arguments are refused by name", () => {
  // @ts-expect-error: no function
  assertThrows(() => createParser(() => {}), TypeError, "must be an object, got function");
  // @ts-expect-error: no object
  assertThrows(() => createParser(), TypeError, "got undefined");
  // @ts-expect-error: no object
  assertThrows(() => createParser(null), TypeError);
  // @ts-expect-error: no function
  assertThrows(() => createParser({ onEvent: 1 }), TypeError, "onEvent must be a function");
  for (const maxBufferSize of [0, -1, NaN]) {
    assertThrows(() => createParser({ maxBufferSize }), RangeError, "maxBufferSize");
  }
  // @ts-expect-error: neither text nor bytes
  assertThrows(() => createParser({}).feed(5), TypeError, "text or bytes, got number");
  const error = new ParseError("m", { type: "unknown-field", field: "f" });
  assertInstanceOf(error, Error);
  assertEquals([error.name, error.field, error.value], ["ParseError", "f", undefined]);
});

test("parser: time is linear in the size of the input", () => {
  const shapes: Record<string, (size: number) => string[]> = {
    "a long line in short chunks": (size) => Array(size / 4).fill("abcd"),
    "blank lines": (size) => ["\n".repeat(size)],
    "carriage returns": (size) => ["\r".repeat(size)],
    "lines without a colon": (size) => ["x\n".repeat(size / 2)],
    "carriage returns and line feeds": (size) => ["\r\n".repeat(size / 2)],
    "LFs, then one CR": (size) => ["\n".repeat(size - 1) + "\r"],
    "ids with U+0000": (size) => ["id: \0\n".repeat(size / 6)],
    "one LF, then CRs": (size) => ["\r".repeat(size - 1) + "\n"],
    "data lines of one event": (size) => ["data: xy\n".repeat(size / 9)],
    "the same, a line a chunk": (size) => Array(Math.floor(size / 9)).fill("data: xy\n"),
    "comments": (size) => [":\n".repeat(size / 2)],
    "ids": (size) => ["id: 12\n".repeat(size / 7)],
  };
  const time = (chunks: readonly string[]) => {
    const start = performance.now();
    const parser = createParser({ onEvent: () => {} });
    for (const chunk of chunks) parser.feed(chunk);
    return performance.now() - start;
  };
  for (const [shape, make] of Object.entries(shapes)) {
    const [few, many] = [make(1 << 16), make(1 << 20)];
    let [small, large] = [Infinity, Infinity];
    // Clocks are coarse, those of pages coarser.
    const least = engine === undefined ? 1 : 5;
    // 16 times the input: quadratic time would be 256 times.
    const isLinear = () => large < Math.max(small, least) * 100;
    // On a busy machine a round may wait for others.
    for (let round = 0; round < 10 && (round < 3 || !isLinear()); round++) {
      small = Math.min(small, time(few));
      large = Math.min(large, time(many));
    }
    assert(isLinear(), `${shape}: ${small} ms, then ${large} ms`);
  }
}, { skip: { workerd: "its clock stands still while code runs" } });
