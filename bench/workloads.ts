/**
 * The event streams of the benchmarks that read over a connection.
 *
 * @module
 */

/** One kind of stream: the same event over and over, but for its numbers. */
export interface StreamKind {
  /** The type of the events. */
  readonly type: string;
  /** How many events it has. */
  readonly count: number;
  /** The data of the event with this number. */
  data(index: number): string;
  /** The lines before the data. */
  head(index: number): string;
}

const EVENTS = 200_000;

/** What a language model sends for one token, about 180 bytes with its field name. */
function chunkOfChat(index: number): string {
  return `{"id":"chatcmpl-9f3b2c71","object":"chat.completion.chunk","created":1790000000,` +
    `"model":"m-1","choices":[{"index":0,"delta":{"content":" token${index}"},"finish_reason":null}]}`;
}

const llm: StreamKind = {
  type: "message",
  count: EVENTS,
  data: chunkOfChat,
  head: () => "",
};

/** By name. */
const STREAMS: Readonly<Record<string, StreamKind>> = {
  llm,
  named: {
    type: "price",
    count: EVENTS,
    data: (index) => `{"s":"ABC","p":${index}.5}`,
    head: (index) => `event: price\nid: ${index}\n`,
  },
  tiny: { type: "message", count: EVENTS, data: (index) => String(index % 10), head: () => "" },
  // For clients whose time grows with the square of the stream's length.
  "llm, 10,000": { ...llm, count: EVENTS / 20 },
};

/** The stream of this name. */
export function streamOf(name: string): StreamKind {
  const kind = STREAMS[name];
  if (kind === undefined) throw new Error(`There is no stream ${JSON.stringify(name)}`);
  return kind;
}

/** The events of a stream, as a server writes them. */
export function eventsOf({ count, data, head }: StreamKind): string[] {
  return Array.from({ length: count }, (_, index) => `${head(index)}data: ${data(index)}\n\n`);
}

/** What a client has to find: how many code units of data. */
export function dataLength({ count, data }: StreamKind): number {
  let length = 0;
  for (let index = 0; index < count; index++) length += data(index).length;
  return length;
}
