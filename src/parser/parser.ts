/**
 * The event stream interpretation of HTML, section 9.2.6: text or bytes in, messages out. It is
 * synchronous, holds no timer and does no I/O, so that every chunking can be tested without a
 * network.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation}
 * @module
 */

import { type ErrorType, ParseError } from "./parse_error.ts";

/** One block of an event stream that had data, as {@linkcode createParser} reports it. */
export interface EventSourceMessage {
  /** The data: the block's `data` lines, joined by line feeds. */
  data: string;
  /**
   * The value of the block's last `event` field; `undefined` (that is, `message`) where it is absent
   * or empty.
   */
  event?: string | undefined;
  /** The value of the block's own last `id` field; `undefined` where the block has none. */
  id?: string | undefined;
}

/** What {@linkcode createParser} calls while it reads. */
export interface ParserCallbacks {
  /** Called at the blank line that ends a block with data. */
  onEvent?: ((event: EventSourceMessage) => void) | undefined;
  /**
   * Called at the blank line that ends a block with an `id` field, before `onEvent`, whether or not
   * the block has data. An empty id resets the last event id; one that holds U+0000 is not
   * reported.
   */
  onId?: ((id: string) => void) | undefined;
  /** Called for a valid `retry` field, with the reconnection time in milliseconds. */
  onRetry?: ((retry: number) => void) | undefined;
  /** Called for a comment, with what follows its colon, less one leading space. */
  onComment?: ((comment: string) => void) | undefined;
  /**
   * Called for each line that the standard has ignored, and when `maxBufferSize` is exceeded;
   * without it, `feed` throws the latter.
   */
  onError?: ((error: ParseError) => void) | undefined;
}

/** What {@linkcode createParser} takes: callbacks, and a limit. */
export interface ParserConfig extends ParserCallbacks {
  /**
   * The most that one line and the block it belongs to may hold, in UTF-16 code units. What goes
   * beyond it is reported to `onError`, or thrown where there is none, and `feed` throws from then
   * on until `reset` is called. Default: `Infinity`.
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
   * @throws {ParseError} If the stream has exceeded `maxBufferSize` in an earlier call, or in this
   * one where there is no `onError`.
   */
  feed(chunk: string | Uint8Array): void;
  /**
   * Forgets the unfinished line and block, so that another stream can be fed. Called from within
   * a callback, it also drops what is left of the present chunk.
   *
   * @param options With `consume: true`, the unfinished line is first read as if it had ended.
   * @throws {ParseError} If that exceeds `maxBufferSize`, and there is no `onError`. The next reset
   * forgets it, too.
   */
  reset(options?: { consume?: boolean }): void;
}

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
  if (typeof config !== "object") {
    refuse("config must be an object", config);
  }
  const { onEvent, onId, onRetry, onComment, onError, maxBufferSize = Infinity } = config;
  for (
    const [name, callback] of Object.entries({ onEvent, onId, onRetry, onComment, onError })
  ) {
    if (callback !== undefined && typeof callback !== "function") {
      refuse(`${name} must be a function`, callback);
    }
  }
  if (!(maxBufferSize > 0)) {
    throw new RangeError(`Cannot parse: maxBufferSize must be above 0, got ${maxBufferSize}`);
  }

  let decoder: TextDecoder | undefined;
  // Whether the next chunk is not to be taken as it is: the decoder may hold the beginning of a
  // character, or the stream has outgrown its limit. One look for both, as each takes time.
  let isHeld: boolean | undefined;
  // What is no part of the next text, should that begin with it: a byte order mark at the start of
  // the stream; an LF after a CR at the very end of a chunk, which has ended its line already.
  let skipped = 0xFEFF /* BOM */;
  // The line that no chunk has ended yet. Engines build it as a rope, which is flattened whenever
  // it has doubled: more often, and a long line in short chunks turns quadratic; only when it ends,
  // and its nodes live so long that the garbage collector copies them: V8 then takes twice as long.
  let partial = "";
  let partialRoom = 0;
  // The block so far. Its data end in a line feed, as the standard's data buffer does: it comes
  // with the line, so that a line costs one concatenation instead of two (10 ns on V8, not 14).
  let data: string | undefined;
  // How much was read since the data were flattened: as a rope, a line that adds only its end takes
  // 32 bytes, and `maxBufferSize` is no limit of memory any longer.
  let unflattened = 0;
  let eventType: string | undefined;
  let id: string | undefined;
  let overflow: ParseError | undefined;
  // Callbacks may call reset(): whoever is parsing then sees another generation, and stops.
  let generation = 0;

  function feed(chunk: string | Uint8Array): void {
    let start = 0;
    let text = !isHeld && typeof chunk === "string" ? chunk : decode(chunk);
    if (skipped && text) {
      if (text.charCodeAt(0) === skipped) start = 1;
      skipped = 0;
    }
    // What follows knows LF and CRLF. A CR of its own ends lines in next to no stream; replacing
    // all CRLF as well would cost more than parsing them.
    let cr = text.indexOf("\r");
    const hasCr = cr !== -1;
    while (cr !== -1 && text.charCodeAt(cr + 1) === 10 /* LF */) cr = text.indexOf("\r", cr + 2);
    if (cr !== -1) {
      if (text.at(-1) === "\r") skipped = 10 /* LF */;
      text = text.replace(/\r\n?/g, "\n");
    }
    const current = generation;
    if (partial) {
      // Only the line is joined, not the whole chunk: that would copy the chunk.
      let end = text.indexOf("\n", start) + 1;
      if (!end) {
        // All that is done for most chunks of a long line: what it has room for is known. A look
        // into the line flattens it.
        partial += start === 0 ? text : text.slice(start);
        if (partial.length > partialRoom && partial[0]) makeRoom();
        return;
      }
      // With the blank line after it the block ends, too, and the others are read the faster way.
      if (text[end] === "\n") end++;
      const line = partial + text.slice(start, end);
      partial = "";
      readLines(line, 0, hasCr);
      if (generation !== current) return;
      start = end;
    }
    // Blocks of one line of data, as nearly all of LLM streams are, touch no buffer: where each is
    // a chunk of its own, that takes 26 ns on V8 instead of 31. No index is past the end, here and
    // below: V8 would call charCodeAt from then on, which it puts in place otherwise.
    const length = text.length;
    if (!hasCr && (data ?? eventType ?? id) === undefined && length <= maxBufferSize) {
      while (
        length - start > 6 && isData(text, start, text.charCodeAt(start)) &&
        text.charCodeAt(start + 4) === 58 /* : */
      ) {
        const next = text.indexOf("\n", start) + 1;
        if (!next || next === length || text.charCodeAt(next) !== 10 /* LF */) break;
        const from = text.charCodeAt(start + 5) === 32 /* space */ ? start + 6 : start + 5;
        onEvent?.({ id: undefined, event: undefined, data: text.slice(from, next - 1) });
        if (generation !== current) return;
        start = next + 1;
      }
    }
    if (start !== length) start = readLines(text, start, hasCr);
    if (start !== length) {
      partial = text.slice(start);
      makeRoom();
    }
  }

  function decode(chunk: string | Uint8Array): string {
    if (overflow) throw overflow;
    if (typeof chunk === "string") {
      // A character that the bytes left unfinished is U+FFFD now.
      isHeld = false;
      return decoder!.decode() + chunk;
    }
    if (!ArrayBuffer.isView(chunk)) {
      refuse("a chunk must be text or bytes", chunk);
    }
    // The byte order mark is the parser's to strip: a decoder that strips one too makes it two.
    decoder ??= new TextDecoder(undefined, { ignoreBOM: true });
    // After an ASCII character nothing is unfinished. To decode without `stream` then takes half
    // the time, on Node.js 20 and 22 a tenth for large chunks; on Deno, options cost 50 ns, the
    // least too.
    isHeld = !(chunk[chunk.length - 1]! < 0x80);
    return decoder.decode(chunk, isHeld ? { stream: true } : undefined);
  }

  /** Sees how long the line may get until the next time. */
  function makeRoom(): void {
    partialRoom = Math.min(room(), 2 * partial.length + 1e5);
    if (partial.length > partialRoom) fail();
  }

  /** How many code units the next line may have. */
  function room(): number {
    return maxBufferSize - (data ?? "").length - (eventType ?? "").length - (id ?? "").length;
  }

  /**
   * Reads lines that end in LF or, where `hasCr`, in CRLF.
   *
   * One loop, as a call for each line took V8 a third longer on comments. Names are compared by
   * code units: with startsWith() named events took 1.4 times as long. These are literals, as
   * constants outside of the function are loaded each time: 7% on short messages.
   *
   * @returns Where the line starts that has no end yet; after a reset(), the end of the text.
   */
  function readLines(text: string, start: number, hasCr: boolean): number {
    const current = generation;
    const length = text.length;
    // As much is copied as was read, at most: the time stays linear.
    if (data && (unflattened += length) > data.length && data[0]) unflattened = 0;
    // Looked at once, as the lines of a chunk hold no more than the chunk: 4 ns less for each line.
    const tight = length > room();
    // Looked for when the first id comes: once for all ids of a chunk, 6 ns less for each.
    let hasNull: boolean | undefined;
    while (start !== length) {
      const lf = text.indexOf("\n", start);
      if (lf === -1) break;
      const end = hasCr && text.charCodeAt(lf - 1) === 13 /* CR */ ? lf - 1 : lf;
      let next = lf + 1;
      const first = text.charCodeAt(start);
      let from: number;
      if (tight && end - start > room()) {
        fail();
      } else if (
        isData(text, start, first) &&
        (from = valueStart(text, start + 4, end)) !== -1
      ) {
        const after = next === length ? -1 : text.charCodeAt(next);
        // A blank line is seen with a look, where a search costs a call.
        if (after === 10 /* LF */ || after === 13 /* CR */) {
          const value = text.slice(from, end);
          dispatch(data === undefined ? value : data + value);
          next += after === 10 /* LF */ ? 1 : 2;
        } else {
          const value = end === lf ? text.slice(from, next) : text.slice(from, end) + "\n";
          data = data === undefined ? value : data + value;
        }
      } else if (start === end) {
        dispatch(data?.slice(0, -1));
      } else if (
        first === 101 /* e */ && text.charCodeAt(start + 1) === 118 /* v */ &&
        text.charCodeAt(start + 2) === 101 /* e */ && text.charCodeAt(start + 3) === 110 /* n */ &&
        text.charCodeAt(start + 4) === 116 /* t */ &&
        (from = valueStart(text, start + 5, end)) !== -1
      ) {
        eventType = text.slice(from, end) || undefined;
      } else if (
        first === 105 /* i */ && text.charCodeAt(start + 1) === 100 /* d */ &&
        (from = valueStart(text, start + 2, end)) !== -1
      ) {
        const value = text.slice(from, end);
        hasNull ??= text.includes("\0", from);
        if (!(hasNull && value.includes("\0"))) id = value;
      } else if (first === 58 /* : */) {
        onComment?.(text.slice(valueStart(text, start, end), end));
      } else {
        readOther(text.slice(start, end));
      }
      if (generation !== current) return length;
      start = next;
    }
    return start;
  }

  /** Reads a line that is none of the above: a retry field, or an unknown one. */
  function readOther(line: string): void {
    let field: string | undefined = line.split(":", 1)[0]!;
    const value = line.slice(valueStart(line, field.length, line.length));
    let type: ErrorType = "unknown-field";
    if (field === "retry") {
      // Past 2^53 the digits no longer name one number; no timer is that long either.
      if (/^\d+$/.test(value)) return onRetry?.(Math.min(Number(value), 2 ** 53 - 1));
      field = undefined;
      type = "invalid-retry";
    }
    const shown = JSON.stringify((field ?? value).slice(0, 40));
    onError?.(new ParseError(`Ignored ${type}: ${shown}`, { type, field, value, line }));
  }

  /**
   * Ends the block.
   *
   * @param text Its data; `undefined` where it has none.
   * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage}
   */
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
      `Event exceeds maxBufferSize (${maxBufferSize})`,
      { type: "max-buffer-size-exceeded" },
    );
    isHeld = true;
    if (!onError) throw overflow;
    onError(overflow);
  }

  function reset(options?: { consume?: boolean }): void {
    if (options?.consume && !overflow) {
      // An empty text ends the character that bytes have left unfinished.
      feed("");
      if (partial) feed("\n");
    }
    generation++;
    decoder =
      isHeld =
      overflow =
      data =
      eventType =
      id =
        undefined;
    skipped = 0xFEFF /* BOM */;
    partial = "";
  }

  return { feed, reset };

  /** Whether a line starts with "data"; `first` is its first code unit. */
  function isData(text: string, start: number, first: number): boolean {
    return first === 100 /* d */ && text.charCodeAt(start + 1) === 97 /* a */ &&
      text.charCodeAt(start + 2) === 116 /* t */ && text.charCodeAt(start + 3) === 97 /* a */;
  }

  /** Where the value of a field starts whose name ends at `at`; -1 if that is not where it ends. */
  function valueStart(text: string, at: number, end: number): number {
    if (at === end) return end;
    if (text.charCodeAt(at) !== 58 /* : */) return -1;
    return text.charCodeAt(at + 1) === 32 /* space */ ? at + 2 : at + 1;
  }
}

/** Throws the error for a value of the wrong type. */
function refuse(problem: string, value: unknown): never {
  throw new TypeError(`Cannot parse: ${problem}, got ${value === null ? value : typeof value}`);
}
