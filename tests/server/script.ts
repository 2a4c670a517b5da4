/**
 * What the scripted server is told to do: JSON, so that a test on any runtime can say it.
 *
 * @module
 */

/** One thing that the server does on a connection. */
export type Step =
  /** Sends text as UTF-8: as one chunk of the transfer coding, if the response is chunked. */
  | { readonly write: string }
  /** Sends bytes, given as Latin-1. */
  | { readonly bytes: string }
  /** Sends so many bytes of events, as fast as they are taken. */
  | { readonly flood: number }
  /** Waits for milliseconds. */
  | { readonly wait: number }
  /** Waits until the test says that it may go on: on a busy machine, no fixed time is long enough. */
  | "hold"
  /** Ends the response as its framing says, closes the connection, and does nothing more. */
  | "end"
  /** Closes the connection with a FIN, in the middle of whatever is going on. */
  | "cut"
  /** Closes the connection with a RST. */
  | "reset";

/** The answer to one request. When its steps are done, the connection stays open. */
export interface Answer {
  /** Default: 200. */
  readonly status?: number;
  /** Default: the content type of an event stream. Values are Latin-1: one byte a character. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the body is sent as it is, up to the end of the connection. Default: chunked. */
  readonly unframed?: boolean;
  /** Whether "end" leaves the connection open for a next request. Default: it is closed. */
  readonly kept?: boolean;
  /** Whether the connection is closed, by a FIN, without an answer. */
  readonly dropped?: boolean;
  /** The version of HTTP that the status line claims. Default: "1.1". */
  readonly version?: string;
  /** How long the server waits before it answers at all, in milliseconds. */
  readonly after?: number;
  /**
   * Default: none for status 200, and for others "end". Firefox and WebKit hold one of a page's six
   * connections for a redirect, or a 401, that has no end.
   */
  readonly steps?: readonly Step[];
}

/** A request that the server has seen. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** By lower-case name; values as Latin-1, one character a byte. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body, as Latin-1. */
  readonly body: string;
}

/** What has happened to a script so far. */
export interface Log {
  readonly requests: readonly SeenRequest[];
  /** How many of the connections of these requests are closed. */
  readonly closed: number;
  /** How many bytes of floods have been taken by the kernel or the client. */
  readonly flooded: number;
}
