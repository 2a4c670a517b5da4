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

const LF = 10;
const SPACE = 32;
const COLON = 58;
const LOWER_A = 97;
const LOWER_D = 100;
const LOWER_E = 101;
const LOWER_I = 105;
const LOWER_T = 116;
const BOM = "\uFEFF";

const STREAM = { stream: true };

/** The names that a message for a person repeats from a stream are cut to this many code units. */
const SHOWN = 40;

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
  let atStart = true;
  // A CR at the very end of a chunk has ended its line; an LF that opens the next one belongs to it.
  let skipLineFeed = false;
  // The line that no chunk has ended yet. Engines build it as a rope, which is flattened once when
  // the line ends: nothing may look into it before, or long lines in short chunks turn quadratic.
  let partial = "";
  let data: string | undefined;
  let eventType = "";
  let id: string | undefined;
  /** How many code units the block holds so far, with one more for each field: 0 if it is empty. */
  let held = 0;
  let overflow: ParseError | undefined;
  // Callbacks may call reset(): whoever is parsing then sees another generation, and stops.
  let generation = 0;

  function feed(chunk: string | Uint8Array): void {
    if (overflow !== undefined) throw overflow;
    const text = typeof chunk === "string" ? decodePending() + chunk : decode(chunk);
    if (text === "") return;
    let start = 0;
    if (atStart) {
      atStart = false;
      if (text.startsWith(BOM)) start = 1;
    } else if (skipLineFeed) {
      skipLineFeed = false;
      if (text.charCodeAt(0) === LF) start = 1;
    }
    parse(text, start);
  }

  function decode(chunk: Uint8Array): string {
    if (!ArrayBuffer.isView(chunk)) {
      throw new TypeError(
        `Cannot parse a chunk: it must be a string or a Uint8Array, got ${describe(chunk)}`,
      );
    }
    // The byte order mark is the parser's to strip: a decoder that strips one too makes it two.
    decoder ??= new TextDecoder("utf-8", { ignoreBOM: true });
    return decoder.decode(chunk, STREAM);
  }

  // Text after bytes: a character that the bytes left unfinished is U+FFFD now.
  function decodePending(): string {
    if (decoder === undefined) return "";
    const pending = decoder.decode();
    decoder = undefined;
    return pending;
  }

  function parse(text: string, start: number): void {
    if (partial !== "") {
      const end = endOfLine(text, start);
      if (end === -1) return keep(text, start);
      const line = partial + text.slice(start, end);
      partial = "";
      const current = generation;
      readLine(line, 0, line.length);
      if (generation !== current || overflow !== undefined) return;
      start = startOfNext(text, end);
    }
    const cr = text.indexOf("\r", start);
    if (cr === -1) parseLines(text, start);
    else parseMixedLines(text, start, cr);
  }

  /** Reads lines that end in LF, which is how nearly all servers end theirs. */
  function parseLines(text: string, start: number): void {
    const current = generation;
    for (let end; (end = text.indexOf("\n", start)) !== -1;) {
      // A block of one line of data, as nearly all are: its message needs no buffers.
      if (
        held === 0 && text.charCodeAt(end + 1) === LF && isData(text, start, end) &&
        end - start <= maxBufferSize
      ) {
        onEvent?.({ id: undefined, event: undefined, data: valueFrom(text, start + 5, end) });
        if (generation !== current) return;
        start = end + 2;
        continue;
      }
      readLine(text, start, end);
      if (generation !== current || overflow !== undefined) return;
      start = end + 1;
      // The blank line after a line of data: seen with a look, where a search costs a call.
      if (text.charCodeAt(start) === LF) {
        dispatch();
        if (generation !== current) return;
        start++;
      }
    }
    keep(text, start);
  }

  /** Reads lines that end in CR, LF or CRLF; `cr` is where the first CR is. */
  function parseMixedLines(text: string, start: number, cr: number): void {
    const current = generation;
    // Each terminator is searched for once, and the answer kept until it is passed: that keeps a
    // chunk linear even when it holds many of one kind and none of the other.
    let lf = text.indexOf("\n", start);
    while (lf !== -1 || cr !== -1) {
      const end = cr === -1 || (lf !== -1 && lf < cr) ? lf : cr;
      readLine(text, start, end);
      if (generation !== current || overflow !== undefined) return;
      start = startOfNext(text, end);
      if (lf !== -1 && lf < start) lf = text.indexOf("\n", start);
      if (cr !== -1 && cr < start) cr = text.indexOf("\r", start);
    }
    keep(text, start);
  }

  /** Where the line goes on that ended at `end`. */
  function startOfNext(text: string, end: number): number {
    const start = end + 1;
    if (text.charCodeAt(end) === LF) return start;
    if (start === text.length) skipLineFeed = true;
    return text.charCodeAt(start) === LF ? start + 1 : start;
  }

  /** Keeps the rest of a chunk for the next one. */
  function keep(text: string, start: number): void {
    if (start === text.length) return;
    partial += start === 0 ? text : text.slice(start);
    if (partial.length + held > maxBufferSize) fail();
  }

  /** Reads `text` from `start` to `end`: a line without its terminator. */
  function readLine(text: string, start: number, end: number): void {
    if (start === end) return dispatch();
    if (end - start + held > maxBufferSize) return fail();
    // The fields of nearly all lines of real streams are told apart without cutting the line out.
    switch (text.charCodeAt(start)) {
      case LOWER_D:
        if (isData(text, start, end)) return addData(valueFrom(text, start + 5, end));
        break;
      case LOWER_E:
        if (text.startsWith("event:", start)) return setType(valueFrom(text, start + 6, end));
        break;
      case LOWER_I:
        if (end - start > 2 && text.startsWith("id:", start)) {
          return setId(valueFrom(text, start + 3, end));
        }
        break;
      case COLON:
        return onComment?.(valueFrom(text, start + 1, end));
    }
    const line = text.slice(start, end);
    const colon = line.indexOf(":");
    if (colon === -1) processField(line, "", line);
    else processField(line.slice(0, colon), valueFrom(line, colon + 1, line.length), line);
  }

  /** What follows a colon, less one space. */
  function valueFrom(text: string, start: number, end: number): string {
    // At the very end there is a terminator, or nothing: never a space.
    return text.slice(text.charCodeAt(start) === SPACE ? start + 1 : start, end);
  }

  function addData(value: string): void {
    if (data === undefined) {
      data = value;
    } else {
      data = `${data}\n${value}`;
    }
    held += value.length + 1;
  }

  function setType(value: string): void {
    held += value.length + 1 - eventType.length;
    eventType = value;
  }

  function setId(value: string): void {
    if (value.includes("\0")) return;
    held += value.length + 1 - (id === undefined ? 0 : id.length);
    id = value;
  }

  /** @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#processField} */
  function processField(field: string, value: string, line: string): void {
    switch (field) {
      case "data":
        addData(value);
        break;
      case "event":
        setType(value);
        break;
      case "id":
        setId(value);
        break;
      case "retry":
        if (/^[0-9]+$/.test(value)) {
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
        break;
      default:
        onError?.(
          new ParseError(`Ignored an unknown field: ${quote(field)}`, {
            type: "unknown-field",
            field,
            value,
            line,
          }),
        );
    }
  }

  /** @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage} */
  function dispatch(): void {
    const current = generation;
    const message = data === undefined
      ? undefined
      : { id, event: eventType === "" ? undefined : eventType, data };
    const blockId = id;
    clearBlock();
    if (blockId !== undefined) onId?.(blockId);
    if (message !== undefined && generation === current) onEvent?.(message);
  }

  function clearBlock(): void {
    data = undefined;
    eventType = "";
    id = undefined;
    held = 0;
  }

  function fail(): void {
    partial = "";
    clearBlock();
    overflow = new ParseError(
      `Stopped reading: a line and its event exceed maxBufferSize (${maxBufferSize})`,
      { type: "max-buffer-size-exceeded" },
    );
    onError?.(overflow);
  }

  function reset(options?: { consume?: boolean }): void {
    if (options?.consume === true && overflow === undefined) {
      const line = partial + decodePending();
      if (line !== "") readLine(line, 0, line.length);
    }
    generation++;
    decoder = undefined;
    atStart = true;
    skipLineFeed = false;
    partial = "";
    overflow = undefined;
    clearBlock();
  }

  return { feed, reset };
}

/** Whether a line is a data field with a colon. */
function isData(text: string, start: number, end: number): boolean {
  return end - start > 4 && text.charCodeAt(start) === LOWER_D &&
    text.charCodeAt(start + 1) === LOWER_A && text.charCodeAt(start + 2) === LOWER_T &&
    text.charCodeAt(start + 3) === LOWER_A && text.charCodeAt(start + 4) === COLON;
}

/** Where the first line of a text ends; -1 if it does not. */
function endOfLine(text: string, start: number): number {
  const lf = text.indexOf("\n", start);
  const cr = text.indexOf("\r", start);
  return cr === -1 || (lf !== -1 && lf < cr) ? lf : cr;
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
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text);
}
