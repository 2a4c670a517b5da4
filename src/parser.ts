/**
 * The event stream interpretation of HTML, section 9.2.6: text or bytes in, messages out. It is
 * synchronous, holds no timer and does no I/O, so that every chunking can be tested without a
 * network.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation}
 * @module
 */

/** One block of an event stream that had data, as {@linkcode createParser} reports it. */
export interface EventSourceMessage {
  /** The data: the block's `data` lines, joined by line feeds. */
  data: string;
  /** The value of the block's last `event` field; `undefined` (that is, `message`) where it is absent or empty. */
  event?: string | undefined;
  /** The value of the block's own last `id` field; `undefined` where the block has none. */
  id?: string | undefined;
}

/** What a {@linkcode ParseError} is about. */
export type ErrorType = "invalid-retry" | "unknown-field" | "max-buffer-size-exceeded";

/**
 * A line that the event stream format does not know (the standard ignores it), or a stream that
 * does not fit in `maxBufferSize`.
 */
export class ParseError extends Error {
  /** The kind of error. */
  readonly type: ErrorType;
  /** The name of the unknown field; `undefined` for the other kinds. */
  readonly field: string | undefined;
  /** The value that was not understood; `undefined` where there was none. */
  readonly value: string | undefined;
  /** The whole line, without its end; `undefined` where the line never ended. */
  readonly line: string | undefined;

  /**
   * Makes an error.
   *
   * @param message What happened, for a person.
   * @param details The members of the error.
   */
  constructor(
    message: string,
    details: {
      type: ErrorType;
      field?: string | undefined;
      value?: string | undefined;
      line?: string | undefined;
    },
  ) {
    super(message);
    this.name = "ParseError";
    this.type = details.type;
    this.field = details.field;
    this.value = details.value;
    this.line = details.line;
  }
}

/** What {@linkcode createParser} calls while it reads. */
export interface ParserCallbacks {
  /** Called at the blank line that ends a block with data. */
  onEvent?: ((event: EventSourceMessage) => void) | undefined;
  /**
   * Called at the blank line that ends a block with an `id` field, before `onEvent`, whether or not
   * the block has data. An empty id resets the last event id; one that holds U+0000 is not reported.
   */
  onId?: ((id: string) => void) | undefined;
  /** Called for a valid `retry` field, with the reconnection time in milliseconds. */
  onRetry?: ((retry: number) => void) | undefined;
  /** Called for a comment, with what follows its colon, less one leading space. */
  onComment?: ((comment: string) => void) | undefined;
  /** Called for each line that the standard has ignored, and when `maxBufferSize` is exceeded. */
  onError?: ((error: ParseError) => void) | undefined;
}

/** What {@linkcode createParser} takes: callbacks, and a limit. */
export interface ParserConfig extends ParserCallbacks {
  /**
   * The most that one line and the block it belongs to may hold, in UTF-16 code units. What goes
   * beyond it is reported to `onError`, and `feed` throws from then on until `reset` is called.
   * Default: `Infinity`.
   */
  maxBufferSize?: number | undefined;
}

/** What {@linkcode createParser} returns. */
export interface EventSourceParser {
  /**
   * Reads the next part of the stream and calls the callbacks for what it completes.
   *
   * @param chunk Text, or bytes in UTF-8: a character may be split over chunks.
   * @throws {TypeError} If `chunk` is neither text nor bytes.
   * @throws {ParseError} If the stream has exceeded `maxBufferSize` in an earlier call.
   */
  feed(chunk: string | Uint8Array): void;
  /**
   * Forgets the unfinished line and block, so that another stream can be fed. Called from within
   * a callback, it also drops what is left of the present chunk.
   *
   * @param options With `consume: true`, the unfinished line is first read as if it had ended.
   */
  reset(options?: { consume?: boolean }): void;
}

const BOM = 0xFEFF;
const LF = 10;
const CR = 13;
const SPACE = 32;
const COLON = 58;
const LOWER_A = 97;
const LOWER_D = 100;
const LOWER_E = 101;
const LOWER_I = 105;
const LOWER_N = 110;
const LOWER_T = 116;
const LOWER_V = 118;
const NONE = -1;

const STREAM = { stream: true };

/**
 * Makes a parser for one event stream.
 *
 * The interface is that of the npm package `eventsource-parser`, and takes bytes as well. Input of
 * any shape and chunking costs time in proportion to its size.
 *
 * @example Read a response
 * ```ts
 * import { createParser } from "@x/eventsource";
 *
 * const parser = createParser({ onEvent: (event) => console.log(event.data) });
 * const response = new Response("data: hello\n\n");
 * for await (const chunk of response.body!) parser.feed(chunk);
 * ```
 *
 * @param config The callbacks, and `maxBufferSize`.
 * @returns The parser.
 * @throws {TypeError} If `config` is not an object, or a callback is not a function.
 * @throws {RangeError} If `maxBufferSize` is not a positive number.
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation}
 */
export function createParser(config: ParserConfig): EventSourceParser {
  checkConfig(config);
  const { onEvent, onId, onRetry, onComment, onError, maxBufferSize = Infinity } = config;

  let decoder: TextDecoder | undefined;
  // What is no part of the next text, should that begin with it: a byte order mark at the start of
  // the stream; an LF after a CR at the very end of a chunk, which has ended its line already.
  let skipped = BOM;
  // The line that no chunk has ended yet. Engines build it as a rope, which is flattened once when
  // the line ends: nothing may look into it before, or long lines in short chunks turn quadratic.
  let partial = "";
  // The block so far. The data are kept as the standard keeps them: with a line feed after each line.
  let data: string | undefined;
  let eventType: string | undefined;
  let id: string | undefined;
  let overflow: ParseError | undefined;
  // Callbacks may call reset(): whoever is parsing then sees another generation, and stops.
  let generation = 0;

  function feed(chunk: string | Uint8Array): void {
    if (overflow !== undefined) throw overflow;
    let text = decoder === undefined && typeof chunk === "string" ? chunk : decode(chunk);
    // Lengths are compared, not texts: 
    if (text.length === 0) return;
    let start = text.charCodeAt(0) === skipped ? 1 : 0;
    skipped = NONE;
    let cr = text.indexOf("\r");
    const hasCr = cr !== -1;
    while (cr !== -1 && text.charCodeAt(cr + 1) === LF) cr = text.indexOf("\r", cr + 2);
    if (cr !== -1) {
      if (text.endsWith("\r")) skipped = LF;
      text = text.replace(/\r\n?/g, "\n");
    }
    if (partial.length !== 0) {
      const end = text.indexOf("\n", start) + 1;
      if (end === 0) return keep(text, start);
      const line = partial + text.slice(start, end);
      partial = "";
      const current = generation;
      readLines(line, 0, hasCr);
      if (generation !== current) return;
      start = end;
    }
    keep(text, readLines(text, start, hasCr));
  }

  function decode(chunk: string | Uint8Array): string {
    if (typeof chunk === "string") {
      // A character that the bytes left unfinished is U+FFFD now.
      const pending = decoder!.decode();
      decoder = undefined;
      return pending + chunk;
    }
    if (!ArrayBuffer.isView(chunk)) {
      throw new TypeError(
        `Cannot parse a chunk: it must be a string or a Uint8Array, got ${describe(chunk)}`,
      );
    }
    // The byte order mark is the parser's to strip: a decoder that strips one too makes it two.
    decoder ??= new TextDecoder("utf-8", { ignoreBOM: true });
    return decoder.decode(chunk, STREAM);
  }

  /** Keeps the rest of a chunk for the next one. */
  function keep(text: string, start: number): void {
    if (start === text.length) return;
    partial += start === 0 ? text : text.slice(start);
    if (partial.length > room()) fail();
  }

  /** How many code units the next line may have. */
  function room(): number {
    let left = maxBufferSize;
    if (data !== undefined) left -= data.length;
    if (eventType !== undefined) left -= eventType.length;
    if (id !== undefined) left -= id.length;
    return left;
  }

  /**
   * Reads lines that end in LF or, where `hasCr`, in CRLF. Returns where the line starts that has
   * no end; where a callback has called reset(), the end of the text.
   */
  function readLines(text: string, start: number, hasCr: boolean): number {
    const current = generation;
    const { length } = text;
    const tight = length > room();
    let hasNull: boolean | undefined;
    while (start !== length) {
      const lf = text.indexOf("\n", start);
      if (lf === -1) break;
      const end = hasCr && lf > start && text.charCodeAt(lf - 1) === CR ? lf - 1 : lf;
      let next = lf + 1;
      if (tight && end - start > room()) {
        fail();
        return length;
      }
      const first = text.charCodeAt(start);
      let from: number;
      if (
        first === LOWER_D && text.charCodeAt(start + 1) === LOWER_A &&
        text.charCodeAt(start + 2) === LOWER_T && text.charCodeAt(start + 3) === LOWER_A &&
        (from = valueStart(text, start + 4, end)) !== -1
      ) {
        const after = next === length ? NONE : text.charCodeAt(next);
        if (after === LF || after === CR) {
          const value = text.slice(from, end);
          dispatch(data === undefined ? value : data + value);
          next += after === LF ? 1 : 2;
        } else {
          const value = end === lf ? text.slice(from, next) : text.slice(from, end) + "\n";
          data = data === undefined ? value : data + value;
        }
      } else if (start === end) {
        dispatch(data?.slice(0, -1));
      } else if (
        first === LOWER_E && text.charCodeAt(start + 1) === LOWER_V &&
        text.charCodeAt(start + 2) === LOWER_E && text.charCodeAt(start + 3) === LOWER_N &&
        text.charCodeAt(start + 4) === LOWER_T &&
        (from = valueStart(text, start + 5, end)) !== -1
      ) {
        eventType = text.slice(from, end) || undefined;
      } else if (
        first === LOWER_I && text.charCodeAt(start + 1) === LOWER_D &&
        (from = valueStart(text, start + 2, end)) !== -1
      ) {
        const value = text.slice(from, end);
        hasNull ??= text.indexOf("\0", from) !== -1;
        if (!hasNull || !value.includes("\0")) id = value;
      } else if (first === COLON) {
        onComment?.(text.slice(valueStart(text, start, end), end));
      } else {
        readOther(text, start, end);
      }
      if (generation !== current) return length;
      start = next;
    }
    return start;
  }

  function readOther(text: string, start: number, end: number): void {
    const line = text.slice(start, end);
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = text.slice(valueStart(text, start + field.length, end), end);
    if (field !== "retry") {
      onError?.(
        new ParseError(`Ignored an unknown field: ${quote(field)}`, {
          type: "unknown-field",
          field,
          value,
          line,
        }),
      );
    } else if (/^[0-9]+$/.test(value)) {
      // Past 2^53 the digits no longer name one number; no timer is that long either.
      onRetry?.(Math.min(Number(value), Number.MAX_SAFE_INTEGER));
    } else {
      onError?.(
        new ParseError(`Ignored a retry field that is not a number: ${quote(value)}`, {
          type: "invalid-retry",
          value,
          line,
        }),
      );
    }
  }

  /** @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage} */
  function dispatch(text: string | undefined): void {
    const current = generation;
    const blockId = id;
    const event = eventType;
    data = eventType = id = undefined;
    if (blockId !== undefined) onId?.(blockId);
    if (text !== undefined && generation === current) onEvent?.({ id: blockId, event, data: text });
  }

  function fail(): void {
    reset();
    overflow = new ParseError(
      `Stopped reading: a line and its event exceed maxBufferSize (${maxBufferSize})`,
      { type: "max-buffer-size-exceeded" },
    );
    onError?.(overflow);
  }

  function reset(options?: { consume?: boolean }): void {
    if (options?.consume && overflow === undefined) {
      // An empty text ends the character that bytes have left unfinished.
      feed("");
      if (partial !== "") feed("\n");
    }
    generation++;
    decoder = overflow = data = eventType = id = undefined;
    skipped = BOM;
    partial = "";
  }

  return { feed, reset };
}

/** Where the value of a field starts whose name ends at `at`; -1 if that is not where it ends. */
function valueStart(text: string, at: number, end: number): number {
  if (at === end) return end;
  if (text.charCodeAt(at) !== COLON) return -1;
  return text.charCodeAt(at + 1) === SPACE ? at + 2 : at + 1;
}

function checkConfig(config: ParserConfig): void {
  if (typeof config !== "object" || config === null) {
    throw new TypeError(
      `Cannot create a parser: the callbacks must be in an object, got ${describe(config)}`,
    );
  }
  for (const name of ["onEvent", "onId", "onRetry", "onComment", "onError"] as const) {
    const callback: unknown = config[name];
    if (callback !== undefined && typeof callback !== "function") {
      throw new TypeError(
        `Cannot create a parser: ${name} must be a function, got ${describe(callback)}`,
      );
    }
  }
  const { maxBufferSize } = config;
  if (maxBufferSize !== undefined && !(maxBufferSize > 0)) {
    throw new RangeError(
      `Cannot create a parser: maxBufferSize must be a positive number, got ${maxBufferSize}`,
    );
  }
}

function describe(value: unknown): string {
  return value === null ? "null" : typeof value;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}
