/**
 * What a parser reports besides messages.
 *
 * @module
 */

/** What a {@linkcode ParseError} is about. */
export type ErrorType = "invalid-retry" | "unknown-field" | "max-buffer-size-exceeded";

/**
 * A line that the event stream format does not know (the standard ignores it), or a stream that
 * does not fit in `maxBufferSize`.
 */
export class ParseError extends Error {
  /** `"ParseError"`. */
  override readonly name: string = "ParseError";
  /** The kind of error. */
  declare readonly type: ErrorType;
  /** The name of the unknown field; `undefined` for the other kinds. */
  declare readonly field: string | undefined;
  /** The value that was not understood; `undefined` where there was none. */
  declare readonly value: string | undefined;
  // No mere declaration: the errors of JavaScriptCore have a `line` of their own.
  /** The whole line, without its end; `undefined` beyond the limit. */
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
    Object.assign(this, details);
  }
}
