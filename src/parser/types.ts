/**
 * What a parser takes and gives.
 *
 * @module
 */

import type { ParseError } from "./parse_error.ts";

/**
 * One block of an event stream that had data, as {@linkcode createParser} reports it. Engines may
 * keep the whole chunk in memory for a part of it that is kept: copy what you keep for long.
 */
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

/**
 * What {@linkcode createParser} calls while it reads. What one of them throws, `feed` throws, and
 * drops the rest of its chunk.
 */
export interface ParserCallbacks {
  /** Called at the blank line that ends a block with data. */
  onEvent?: ((event: EventSourceMessage) => void) | undefined;
  /**
   * Called at the blank line that ends a block with an `id` field, before `onEvent`, whether or not
   * the block has data. An empty id resets the last event id; one that holds U+0000 is not
   * reported.
   */
  onId?: ((id: string) => void) | undefined;
  /**
   * Called for a valid `retry` field, with the reconnection time in milliseconds: the number that its
   * digits are, of any size; `Infinity` from 309 digits on.
   */
  onRetry?: ((retry: number) => void) | undefined;
  /** Called for a comment, with what follows its colon, less one leading space. */
  onComment?: ((comment: string) => void) | undefined;
  /**
   * Called for each unknown field (but not where its line does not fit in `maxBufferSize`: then it
   * is dropped), for each `retry` that is no integer, and when `maxBufferSize` is exceeded; without
   * it, `feed` throws the latter.
   */
  onError?: ((error: ParseError) => void) | undefined;
}

/** What {@linkcode createParser} takes: callbacks, and a limit. */
export interface ParserConfig extends ParserCallbacks {
  /**
   * The most that one line and the block it belongs to may hold, in UTF-16 code units. What goes
   * beyond it is reported to `onError`, or thrown where there is none, and `feed` throws from then
   * on until `reset` is called. Unknown lines do not count, nor do comments without `onComment`:
   * they are dropped as they come. Default: `Infinity`.
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
   * @param options With `consume: true`, the unfinished line is first read as if it had ended. An
   * unknown line is dropped without a report.
   * @throws {ParseError} If that exceeds `maxBufferSize`, and there is no `onError`. The next reset
   * forgets it, too.
   */
  reset(options?: { consume?: boolean }): void;
}
