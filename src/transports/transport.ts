/**
 * The one seam between the `EventSource` and whatever carries its requests.
 *
 * @module
 */

/** What can be sent as a request's body, as in Fetch's `BodyInit`. */
export type RequestBody =
  | string
  | ArrayBuffer
  | ArrayBufferView<ArrayBuffer>
  | Blob
  | FormData
  | URLSearchParams
  | ReadableStream<Uint8Array>;

/** One request of an attempt: a redirect makes another. */
export interface TransportRequest {
  readonly method: string;
  readonly headers: Headers;
  readonly body: RequestBody | undefined;
  readonly withCredentials: boolean;
  /** Aborted when nobody wants the response, or more of it, any longer. */
  readonly signal: AbortSignal;
}

/** The answer to a request; a `Response` of Fetch is one. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The URL that answered; empty where the transport does not know. */
  readonly url: string;
  readonly redirected?: boolean;
  readonly body: ReadableStream<Uint8Array> | null;
}

/** What carries requests, and what about it differs between runtimes. */
export interface Transport {
  /**
   * Whether the platform is a page's: it follows redirects unseen, keeps cookies and user
   * information by its own rules, and drops the header fields that it forbids to scripts.
   */
  readonly isBrowser: boolean;
  /** Whether the transport can carry a request to a URL with this scheme, such as `"https:"`. */
  supports(protocol: string): boolean;
  /**
   * A header's value for text beyond Latin-1, such that the bytes sent are its UTF-8.
   */
  encode(text: string): string;
  /** Sends one request. Rejects if there is no response; follows no redirect off the browser. */
  send(url: string, request: TransportRequest): Promise<TransportResponse>;
}

/** The options that choose or configure a transport. */
export interface TransportInit {
  readonly fetch?: FetchLike | undefined;
}

/** What a {@linkcode FetchLike} is given besides the URL: the members of Fetch's `RequestInit`. */
export interface FetchLikeInit {
  /** The request's method. */
  method: string;
  /** The request's body; absent where there is none. */
  body?: RequestBody;
  /** `"half"` if the body is a stream; otherwise absent. */
  duplex?: "half";
  /** All header fields of the request, `Accept` and `Last-Event-ID` included. */
  headers: Headers;
  /** Aborted when the connection is closed: a fetch that ignores it leaks its request. */
  signal: AbortSignal;
  /** `"include"` if the source was made `withCredentials`. */
  credentials: "include" | "same-origin";
  /** `"no-store"` where the runtime accepts the member; otherwise absent. */
  cache?: "no-store";
  /** `"manual"` except in browsers: redirects are followed by hand. */
  redirect: "manual" | "follow";
}

/** A function like `fetch`, as far as this library calls it. */
export type FetchLike = (url: string, init: FetchLikeInit) => Promise<Response>;
