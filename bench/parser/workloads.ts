/**
 * What the parsers are given: the workloads of the budget, and inputs made to be slow.
 *
 * @module
 */

/** The chunks of one stream. */
export type Chunks = readonly string[];

const CHUNK = 64 * 1024;

/** The workloads of the budget, by name. */
export const WORKLOADS: Readonly<Record<string, () => Chunks>> = {
  "one event per chunk": () => repeat(20_000, chatChunk),
  "64 KiB chunks": () => cut(repeat(20_000, chatChunk), CHUNK),
  "named events with ids": () => cut(repeat(30_000, price), CHUNK),
  "tiny events": () => cut(repeat(60_000, (index) => `data: ${index % 10}\n\n`), CHUNK),
  "64 KiB payloads in 16 KiB chunks": () =>
    cut(repeat(200, () => `data: ${"x".repeat(65_536)}\n\n`), 16 * 1024),
  "37-character chunks": () => cut(repeat(5_000, chatChunk), 37),
  "one 256 KiB line in 4-character chunks": () => cut([`data: ${"y".repeat(262_144)}\n\n`], 4),
  "comment heartbeats": () => cut(repeat(60_000, () => ": heartbeat\n\n"), CHUNK),
  "200-line events": () => cut(repeat(300, () => lines(200, "data: line of it")), CHUNK),
  "CRLF": () => cut(repeat(20_000, (i) => chatChunk(i).replaceAll("\n", "\r\n")), CHUNK),
  "multibyte": () =>
    cut(repeat(20_000, (i) => `data: {"content":"日本語 token ${i} 😀"}\n\n`), CHUNK),
};

/**
 * Short streams of many kinds, by name: what one process reads that serves or calls others. None is
 * long enough for an engine to compile the parser for it alone.
 */
export const MIXED: Readonly<Record<string, () => Chunks>> = {
  "chat, an event a chunk": () => repeat(200, chatChunk),
  "named events": () => repeat(120, (index) => `event: delta\ndata: {"token":${index}}\n\n`),
  "events with ids": () => repeat(120, price),
  "UUIDs as ids": () => repeat(120, (index) => `id: ${uuid(index)}\ndata: ${index}\n\n`),
  "multibyte, an event a chunk": () => repeat(120, (index) => `data: 日本語 ${index} 😀\n\n`),
  "heartbeats between events": () =>
    repeat(300, (index) => index % 5 === 0 ? `data: ${index}\n\n` : ": alive\n"),
  "a comment in 1-character chunks": () => [...cut([`:${"-".repeat(500)}`], 1), "\ndata: x\n\n"],
  "an unknown field in 1-character chunks": () => [...cut(["u".repeat(500)], 1), "\ndata: x\n\n"],
  "one 64 KiB line in 5-character chunks": () => cut([`data: ${"y".repeat(65_536)}\n\n`], 5),
  "9-character chunks": () => cut(repeat(100, chatChunk), 9),
  "one 400-line event": () => [lines(400, "data: a line of some length, number")],
  "a bit of everything": () => [
    "id: 1\r\nevent: a\r\ndata: CRLF\r\n\r\n",
    "event: b\rdata: CR\rdata: alone\r\r",
    "data: split at a CRLF\r",
    "\n\r\n: comment\nretry: 1000\nunknown: x\n",
    "even",
    "t: c\ndata\ndata: sp",
    "lit\n",
    "\n",
  ],
};

/**
 * Inputs that make careless parsers quadratic, of a size that can be doubled, by name. The size is
 * in code units, about.
 */
export const ADVERSARIAL: Readonly<Record<string, (size: number) => Chunks>> = {
  "one line in 1-character chunks": (size) => cut([`data: ${"a".repeat(size)}\n\n`], 1),
  "one unknown field in 16-character chunks": (size) => cut(["a".repeat(size), "\n\n"], 16),
  "one comment in 16-character chunks": (size) => cut([`:${"a".repeat(size)}\n\n`], 16),
  "an event of empty data lines, one chunk": (size) =>
    cut([`${"data\n".repeat(size / 5)}\n`], size),
  "an event of empty data lines, 5-character chunks": (size) =>
    cut([`${"data\n".repeat(size / 5)}\n`], 5),
  "an event of many ids": (size) => cut([`${"id: 12\n".repeat(size / 7)}data\n\n`], CHUNK),
  "CRs alone, one chunk": (size) => cut(["data: a\r\r".repeat(size / 9)], size),
  "CRs, and LFs at the end, one chunk": (size) =>
    cut(["\r".repeat(size / 2), "\n".repeat(size / 2)], size),
  "CRLF in 1-character chunks": (size) => cut(["data: a\r\n\r\n".repeat(size / 11)], 1),
  "line ends alone": (size) => cut(["\n".repeat(size)], CHUNK),
  "colons alone": (size) => cut([":".repeat(size), "\n"], 16),
};

/** The chunks of one of either, at `size` for the second kind. */
export function chunksOf(name: string, size: number | undefined): Chunks {
  const chunks = size === undefined
    ? (WORKLOADS[name] ?? MIXED[name])?.()
    : ADVERSARIAL[name]?.(size);
  if (chunks === undefined) throw new Error(`There is no workload ${JSON.stringify(name)}`);
  return chunks.map(flatten);
}

function chatChunk(index: number): string {
  return `data: {"id":"chatcmpl-${index}","object":"chat.completion.chunk","choices":` +
    `[{"index":0,"delta":{"content":" token${index}"},"finish_reason":null}]}\n\n`;
}

function price(index: number): string {
  return `event: price\nid: ${index}\ndata: {"s":"ABC","p":${index}.5}\n\n`;
}

function uuid(index: number): string {
  return `0b5c2a52-4b2f-4c8e-9d4f-1f2e3d4c${1000 + index}`;
}

function lines(count: number, line: string): string {
  return `${repeat(count, (index) => `${line} ${index}`).join("\n")}\n\n`;
}

function repeat(count: number, make: (index: number) => string): string[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function cut(events: readonly string[], size: number): string[] {
  const text = events.join("");
  return Array.from(
    { length: Math.ceil(text.length / size) },
    (_, index) => text.slice(index * size, (index + 1) * size),
  );
}

/** A string of its own, as decoders make them: not a slice or a rope of others. */
function flatten(text: string): string {
  // A character outside the BMP that was cut in two would not survive.
  if (/[\uD800-\uDFFF]/.test(text)) return JSON.parse(JSON.stringify(text));
  return new TextDecoder().decode(new TextEncoder().encode(text));
}
