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
  // Object.entries() would make creating a parser take at least three times as long.
  const callbacks = { onEvent, onId, onRetry, onComment, onError };
  for (const name of Object.keys(callbacks)) {
    const callback = callbacks[name as keyof typeof callbacks];
    if (callback !== undefined && typeof callback !== "function") {
      refuse(`${name} must be a function`, callback);
    }
  }
  if (!(maxBufferSize > 0)) {
    throw new RangeError(`Cannot parse: maxBufferSize must be > 0, got ${maxBufferSize}`);
  }

  let decoder: TextDecoder | undefined;
  // Whether the next chunk needs decode(): the decoder may hold the beginning of a character, or the
  // stream has outgrown its limit. One flag for both, because each check takes time.
  let isHeld = false;
  // A character to skip at the start of the next text: a byte order mark at the start of the stream,
  // or the LF of a CRLF whose CR ended the previous chunk.
  let skipped = 0xFEFF /* BOM */;
  // The unfinished line. Engines build it as a rope, which is flattened whenever it has doubled. More
  // often, a long line in short chunks would take quadratic time. Only at its end, its nodes would
  // live so long that the garbage collector copies them, and V8 takes twice as long.
  let partial = "";
  // How long it may get until the next check; -1 while the rest of an ignored line is dropped.
  let partialRoom = 0;
  // The block so far. Like the standard's data buffer, its data end in a line feed, which is sliced
  // together with the line: one concatenation for a line instead of two (10 ns on V8, not 14).
  let data = "";
  // How much was read since the data were flattened. In a rope, each empty line of data takes 32
  // bytes, so that `maxBufferSize` would no longer limit memory.
  let unflattened = 0;
  let eventType = "";
  let id: string | undefined;
  let overflow: ParseError | undefined;
  // Callbacks may call reset(): the feed() that called them then sees a new generation and stops.
  let generation = 0;

  function feed(chunk: string | Uint8Array): void {
    // Compared with `false`, and texts below with "", because V8 takes longer to find out whether any
    // value is falsy: short streams would take 5% longer.
    let text = isHeld === false && typeof chunk === "string" ? chunk : decode(chunk);
    let start = 0;
    if (skipped && text) {
      if (text.charCodeAt(0) === skipped) start = 1;
      skipped = 0;
    }
    // In an ignored line, a single character above the control characters is not searched for a line
    // end: long comments that come character by character take a third of the time on V8, and half on
    // JavaScriptCore.
    if (text.length === 1 && partialRoom < 0 && partial !== "" && text.charCodeAt(0) > 31) return;
    const current = generation;
    const hasCr = text.includes("\r");
    if (hasCr) text = unifyLineEnds(text);
    if (partial !== "") {
      // Joins the line alone: joining the whole chunk would copy it. It starts at 0, because a character
      // is skipped only where no line is unfinished.
      let end = text.indexOf("\n") + 1;
      if (!end) {
        // Most chunks of a long line need no more than this. Reading a character of the line flattens
        // it.
        if (partialRoom >= 0 && (partial += text).length > partialRoom && partial[0]) makeRoom();
        return;
      }
      const line = partial;
      partial = "";
      if (partialRoom >= 0) {
        // Takes the blank line after it along, so that the block ends and the rest is read faster.
        if (text[end] === "\n") end++;
        readLines(line + text.slice(0, end), 0, hasCr);
      }
      if (generation !== current) return;
      start = end;
    }
    start = readLines(text, start, hasCr);
    if (start < text.length) {
      partial = text.slice(start);
      makeRoom();
    }
  }

  function decode(chunk: string | Uint8Array): string {
    if (overflow) throw overflow;
    if (typeof chunk === "string") {
      // A character that the bytes left unfinished becomes U+FFFD.
      isHeld = false;
      return decoder!.decode() + chunk;
    }
    if (!ArrayBuffer.isView(chunk)) {
      refuse("chunk must be text or bytes", chunk);
    }
    // The parser strips the byte order mark: if the decoder did so, too, two would be lost.
    decoder ??= new TextDecoder(undefined, { ignoreBOM: true });
    // After an ASCII character nothing is unfinished. Decoding without `stream` then takes half the
    // time, and a tenth for large chunks on Node.js 20 and 22. On Deno, any options cost 50 ns.
    isHeld = !(chunk[chunk.length - 1]! < 0x80);
    return decoder.decode(chunk, isHeld ? { stream: true } : undefined);
  }

  /**
   * Replaces CRs that end lines alone: the rest knows LF and CRLF only. Hardly any stream has them,
   * and replacing every CRLF would cost more than parsing it. An expression would take 1.2 times as
   * long on V8, and seven times at first. Reading past the end would make CRLF take 6 to 20% longer
   * on V8, and `+=` builds one rope more on JavaScriptCore.
   */
  function unifyLineEnds(text: string): string {
    let unified = "";
    let start = 0;
    for (let cr = text.indexOf("\r"); cr >= 0; cr = text.indexOf("\r", cr + 1)) {
      if (cr === text.length - 1) {
        skipped = 10 /* LF */;
        return unified + text.slice(start, cr) + "\n";
      }
      if (text.charCodeAt(cr + 1) === 10 /* LF */) continue;
      unified = unified + text.slice(start, cr) + "\n";
      start = cr + 1;
    }
    return unified + text.slice(start);
  }

  /** Decides how long the unfinished line may get until the next check, or drops it. */
  function makeRoom(): void {
    const length = partial.length;
    if (length < 6) {
      // Too short to know: the longest name has six characters with its colon.
      partialRoom = 0;
    } else if (!isRead(partial) && (length > room() || partial[0] === ":" || !onError)) {
      // Stands for the dropped line.
      partial = "-";
      partialRoom = -1;
    } else {
      partialRoom = Math.min(room(), 2 * length + 1e5);
      if (length > partialRoom) fail();
    }
  }

  /**
   * Whether a line is used; it is whole, or has at least six code units. Most are data: without the
   * expression, streams in short chunks take 5 to 20% less. Comments go through it, because V8 drops
   * a function's compiled code when it first meets an operation: an unknown line after long comments
   * would take eight times as long.
   */
  function isRead(line: string): boolean {
    return line.startsWith("data:") ||
      /^(:|(data|event|id|retry)(:|$))/.test(line) && (line[0] !== ":" || !!onComment);
  }

  /** How many code units the next line may have. */
  function room(): number {
    return maxBufferSize - data.length - eventType.length - (id ?? "").length;
  }

  /**
   * Reads lines that end in LF or, where `hasCr`, in CRLF.
   *
   * Other functions read the fields other than data. So the loop is short enough to be inlined, and
   * V8 does not compile it again when a stream begins to use them: in a process that reads many kinds
   * of short streams, named events became 1.3 times as fast. Literals stand for constants, which V8
   * would load each time (7% on short messages). No index is past the end, here and in
   * afterSpace(), because V8 would then stop inlining charCodeAt: most inputs would take 6% longer.
   *
   * @returns The start of the unfinished line; after a reset(), the end of the text.
   */
  function readLines(text: string, start: number, hasCr: boolean): number {
    const current = generation;
    const length = text.length;
    // Copies at most as much as was read, so that the time stays linear.
    if (data !== "" && (unflattened += length) > data.length && data[0]) unflattened = 0;
    // Checked once, because the lines hold no more than their chunk: saves 4 ns a line. Not checked
    // without a limit: saves 5% for a chunk of one event, on Node.js and Bun.
    const tight = maxBufferSize < Infinity && length > room();
    while (start !== length) {
      const lf = text.indexOf("\n", start);
      if (lf < 0) break;
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
        // Comparing a character is cheaper than a search for the blank line.
        if (after === 10 /* LF */ || after === 13 /* CR */) {
          const value = text.slice(from, end);
          next += after === 10 /* LF */ ? 1 : 2;
          dispatch(data === "" ? value : data + value);
        } else {
          data += end === lf ? text.slice(from, next) : text.slice(from, end) + "\n";
        }
      } else if (start === end) {
        dispatch(data === "" ? undefined : data.slice(0, -1));
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
    // Comments come first so that V8 has met the comparison in a stream that has none. Otherwise, the
    // first heartbeats after it would take ten times as long (see isRead).
    // With startsWith(), named events would take 1.1 times as long on Deno and Bun.
    if (first === 58 /* : */) {
      onComment?.(text.slice(afterSpace(text, start + 1), end));
    } else if (
      first === 101 /* e */ && text.charCodeAt(start + 1) === 118 /* v */ &&
      text.charCodeAt(start + 2) === 101 /* e */ && text.charCodeAt(start + 3) === 110 /* n */ &&
      text.charCodeAt(start + 4) === 116 /* t */ && text.charCodeAt(start + 5) === 58 /* : */
    ) {
      eventType = text.slice(afterSpace(text, start + 6), end);
    } else {
      readId(text, start, end);
    }
  }

  /**
   * Reads an id, or any other line that is left. In a function of its own: V8 drops the compiled code
   * of a loop at an operation that it has not met before, but not at such a call. Otherwise, the first
   * streams with ids in a process take three times as long.
   */
  function readId(text: string, start: number, end: number): void {
    if (
      text.charCodeAt(start) === 105 /* i */ && text.charCodeAt(start + 1) === 100 /* d */ &&
      text.charCodeAt(start + 2) === 58 /* : */
    ) {
      const value = text.slice(afterSpace(text, start + 3), end);
      if (!value.includes("\0")) id = value;
    } else {
      readRare(text.slice(start, end));
    }
  }

  /** Reads any other line: a field without a colon, a retry, or an unknown field. */
  function readRare(line: string): void {
    // split() would take a fifth of the time of a short stream that has one such line. afterSpace() is
    // not for what may be past the end.
    const after = line.indexOf(":") + 1 || line.length + 1;
    const name = line.slice(0, after - 1);
    const value = line.slice(line[after] === " " ? after + 1 : after);
    if (name === "data") {
      data += "\n";
    } else if (name === "event") {
      eventType = "";
    } else if (name === "id") {
      id = "";
    } else if (name === "retry" && /^\d+$/.test(value)) {
      onRetry?.(+value);
    } else if (onError) {
      const field = name === "retry" ? undefined : name;
      const type: ErrorType = field ? "unknown-field" : "invalid-retry";
      onError(
        new ParseError(`Ignored ${type}: ${JSON.stringify((field ?? value).slice(0, 40))}`, {
          type,
          field,
          value,
          line,
        }),
      );
    }
  }

  /**
   * Ends the block.
   *
   * @param text Its data; `undefined` if it has none.
   * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#dispatchMessage}
   */
  function dispatch(text: string | undefined): void {
    const blockId = id;
    const event = eventType === "" ? undefined : eventType;
    data = eventType = "";
    if (blockId !== undefined) {
      id = undefined;
      // Compared only after a callback, which may have called reset(): at the first comparison, V8
      // would drop compiled code (see readId).
      if (onId) {
        const current = generation;
        onId(blockId);
        if (generation !== current) return;
      }
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
      // An empty text ends a character that the bytes left unfinished.
      feed("");
      if (isRead(partial)) feed("\n");
    }
    generation++;
    isHeld = false;
    decoder = overflow = id = undefined;
    skipped = 0xFEFF /* BOM */;
    partial = data = eventType = "";
  }

  return { feed, reset };
}

/** The start of a value whose colon is before `at`. */
function afterSpace(text: string, at: number): number {
  return text.charCodeAt(at) === 32 /* space */ ? at + 1 : at;
}

/** Throws the error for a value of the wrong type. */
function refuse(problem: string, value: unknown): never {
  throw new TypeError(`Cannot parse: ${problem}, got ${value === null ? value : typeof value}`);
}
