/**
 * The event stream interpretation of HTML, section 9.2.6: text or bytes in, messages out. It is
 * synchronous, holds no timer and does no I/O, so that every chunking can be tested without a
 * network.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation}
 * @module
 */

import { type ErrorType, ParseError } from "./parse_error.ts";
import type { EventSourceParser, ParserConfig } from "./types.ts";

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
  // Not through Object.entries(): making a parser took three times as long or more with it.
  [onEvent, onId, onRetry, onComment, onError].forEach((callback, index) => {
    if (callback !== undefined && typeof callback !== "function") {
      refuse(`${CALLBACKS[index]} must be a function`, callback);
    }
  });
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
  // How long it may get until the next check; -1 while the rest of an ignored line is dropped.
  let partialRoom = 0;
  // The block so far. Its data end in a line feed, as the standard's data buffer does: it comes
  // with the line, so that a line costs one concatenation instead of two (10 ns on V8, not 14).
  let data = "";
  // How much was read since the data were flattened: as a rope, a line that adds only its end takes
  // 32 bytes, and `maxBufferSize` is no limit of memory any longer.
  let unflattened = 0;
  let eventType = "";
  let id: string | undefined;
  let overflow: ParseError | undefined;
  // Callbacks may call reset(): the feed that called them then sees another generation, and stops.
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
      if (text.endsWith("\r")) skipped = 10 /* LF */;
      text = text.replace(/\r\n?/g, "\n");
    }
    if (partial) {
      // Only the line is joined, not the whole chunk: that would copy the chunk.
      let end = text.indexOf("\n", start) + 1;
      if (!end) {
        // All that is done for most chunks of a long line: what it has room for is known. A look
        // into the line flattens it.
        if (partialRoom < 0) return;
        partial += text.slice(start);
        if (partial.length > partialRoom && partial[0]) makeRoom();
        return;
      }
      const current = generation;
      // With the blank line after it the block ends, too, and the others are read the faster way.
      if (partialRoom >= 0 && text[end] === "\n") end++;
      const line = partial + text.slice(start, end);
      partial = "";
      if (partialRoom >= 0) readLines(line, 0, hasCr);
      if (generation !== current) return;
      start = end;
    }
    start = readLines(text, start, hasCr);
    if (start !== text.length) {
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
      refuse("chunk must be text or bytes", chunk);
    }
    // The byte order mark is the parser's to strip: a decoder that strips one too makes it two.
    decoder ??= new TextDecoder(undefined, { ignoreBOM: true });
    // After an ASCII character nothing is unfinished. To decode without `stream` then takes half
    // the time, on Node.js 20 and 22 a tenth for large chunks; on Deno, options cost 50 ns, the
    // least too.
    isHeld = !(chunk[chunk.length - 1]! < 0x80);
    return decoder.decode(chunk, isHeld ? { stream: true } : undefined);
  }

  /** Sees how long the line may get until the next time, or whether to drop it. */
  function makeRoom(): void {
    const length = partial.length;
    const free = room();
    if (length < 6) {
      // The longest name, with its colon, has six.
      partialRoom = 0;
    } else if (!isRead(partial) && (length > free || !onError || partial[0] === ":")) {
      partialRoom = -1;
      // All that is kept of it.
      partial = "-";
    } else {
      partialRoom = Math.min(free, 2 * length + 1e5);
      if (length > partialRoom) fail();
    }
  }

  /** Whether a line of six code units or more, or a whole one, is more than noise. */
  function isRead(line: string): boolean {
    return line[0] === ":" ? !!onComment : /^(data|event|id|retry)(:|$)/.test(line);
  }

  /** How many code units the next line may have. */
  function room(): number {
    return maxBufferSize - data.length - eventType.length - (id ?? "").length;
  }

  /**
   * Reads lines that end in LF or, where `hasCr`, in CRLF.
   *
   * Fields other than data are read elsewhere: the loop is then short enough to be inlined, and a
   * stream that begins to use them does not have it compiled again. Where one process reads many
   * kinds of short streams, that made named events 1.3 times as fast on V8. Literals, as constants
   * outside of the function are loaded each time: 7% on short messages. No index is past the end:
   * V8 would call charCodeAt from then on, which it puts in place otherwise.
   *
   * @returns Where the line starts that has no end yet; after a reset(), the end of the text.
   */
  function readLines(text: string, start: number, hasCr: boolean): number {
    const current = generation;
    const length = text.length;
    // As much is copied as was read, at most: the time stays linear.
    if (data && (unflattened += length) > data.length && data[0]) unflattened = 0;
    // Looked at once, as the lines of a chunk hold no more than the chunk: 4 ns less for each line.
    // Not at all where there is no limit: 5% less for a chunk of one event, on Node.js and Bun.
    const tight = maxBufferSize < Infinity && length > room();
    while (start !== length) {
      const lf = text.indexOf("\n", start);
      if (lf === -1) break;
      const end = hasCr && text.charCodeAt(lf - 1) === 13 /* CR */ ? lf - 1 : lf;
      let next = lf + 1;
      if (tight && end - start > room()) {
        if (isRead(text.slice(start, end))) fail();
      } else if (
        text.charCodeAt(start) === 100 /* d */ && text.charCodeAt(start + 1) === 97 /* a */ &&
        text.charCodeAt(start + 2) === 116 /* t */ && text.charCodeAt(start + 3) === 97 /* a */ &&
        text.charCodeAt(start + 4) === 58 /* : */
      ) {
        const from = afterSpace(text, start + 5);
        const after = next === length ? -1 : text.charCodeAt(next);
        // A blank line is seen with a look, where a search costs a call.
        if (after === 10 /* LF */ || after === 13 /* CR */) {
          const value = text.slice(from, end);
          next += after === 10 /* LF */ ? 1 : 2;
          dispatch(data ? data + value : value);
        } else {
          data += end === lf ? text.slice(from, next) : text.slice(from, end) + "\n";
        }
      } else if (start === end) {
        dispatch(data ? data.slice(0, -1) : undefined);
      } else {
        readOther(text, start, end);
      }
      if (generation !== current) return length;
      start = next;
    }
    return start;
  }

  /** Reads a line that is neither blank nor data with a colon. */
  function readOther(text: string, start: number, end: number): void {
    const first = text.charCodeAt(start);
    // By code units: with startsWith(), named events took 1.1 times as long on Deno and Bun.
    if (
      first === 101 /* e */ && text.charCodeAt(start + 1) === 118 /* v */ &&
      text.charCodeAt(start + 2) === 101 /* e */ && text.charCodeAt(start + 3) === 110 /* n */ &&
      text.charCodeAt(start + 4) === 116 /* t */ && text.charCodeAt(start + 5) === 58 /* : */
    ) {
      eventType = text.slice(afterSpace(text, start + 6), end);
    } else if (
      first === 105 /* i */ && text.charCodeAt(start + 1) === 100 /* d */ &&
      text.charCodeAt(start + 2) === 58 /* : */
    ) {
      const value = text.slice(afterSpace(text, start + 3), end);
      // A slice of 13 code units or more keeps its chunk in memory for as long as the id is kept:
      // 600 chunks of 60 KB, 36 MB. Looked through, the longer text is one of its own; sliced
      // without that, JavaScriptCore finds the first slice in it.
      const copy = value.length < 13 ? value : ` ${value}`;
      if (!copy.includes("\0")) id = copy.slice(copy.length - value.length);
    } else if (first === 58 /* : */) {
      onComment?.(text.slice(afterSpace(text, start + 1), end));
    } else {
      readRare(text.slice(start, end));
    }
  }

  /** Reads a line that is none of the above: a field without a colon, a retry, or unknown. */
  function readRare(line: string): void {
    const name = line.split(":", 1)[0]!;
    const value = line.slice(afterSpace(line, name.length + 1));
    const isRetry = name === "retry";
    if (name === "data") {
      data += "\n";
    } else if (name === "event") {
      eventType = "";
    } else if (name === "id") {
      id = "";
    } else if (isRetry && /^\d+$/.test(value)) {
      // Past 2^53 the digits no longer name one number; no timer is that long either.
      onRetry?.(Math.min(+value, 2 ** 53 - 1));
    } else if (onError) {
      const type: ErrorType = isRetry ? "invalid-retry" : "unknown-field";
      const shown = JSON.stringify((isRetry ? value : name).slice(0, 40));
      const field = isRetry ? undefined : name;
      onError(new ParseError(`Ignored ${type}: ${shown}`, { type, field, value, line }));
    }
  }

  /**
   * Ends the block.
   *
   * @param text Its data; `undefined` where it has none.
   * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage}
   */
  function dispatch(text: string | undefined): void {
    const blockId = id;
    const event = eventType || undefined;
    data = eventType = "";
    if (blockId !== undefined) {
      const current = generation;
      id = undefined;
      onId?.(blockId);
      if (generation !== current) return;
    }
    if (text !== undefined) onEvent?.({ id: blockId, event, data: text });
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
      if (isRead(partial)) feed("\n");
    }
    generation++;
    decoder =
      isHeld =
      overflow =
      id =
        undefined;
    skipped = 0xFEFF /* BOM */;
    partial = data = eventType = "";
  }

  return { feed, reset };
}

const CALLBACKS = ["onEvent", "onId", "onRetry", "onComment", "onError"];

/** Where a value starts whose colon is before `at`. */
function afterSpace(text: string, at: number): number {
  return text.charCodeAt(at) === 32 /* space */ ? at + 1 : at;
}

/** Throws the error for a value of the wrong type. */
function refuse(problem: string, value: unknown): never {
  throw new TypeError(`Cannot parse: ${problem}, got ${value === null ? value : typeof value}`);
}
