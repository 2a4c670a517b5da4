/**
 * The one seam between the `EventSource` and what carries its requests.
 *
 * @module
 */

import { misuse } from "../check.ts";
import { EventSourceError, plainError } from "../errors.ts";
import { explain, showUrl } from "../shown.ts";

/** What can be sent as a request's body, as in Fetch's `BodyInit`. */
export type RequestBody =
  | string
  | ArrayBuffer
  | Uint8Array<ArrayBuffer>
  | DataView<ArrayBuffer>
  | Blob
  | FormData
  | URLSearchParams
  | ReadableStream<Uint8Array>;

/** The type of a body that is text, as Fetch has it; Bun's leaves it out. */
export const TEXT_TYPE = "text/plain;charset=UTF-8";

/** One request of an attempt: a redirect makes another. */
export interface TransportRequest {
  readonly method: string;
  readonly headers: Headers;
  readonly body: RequestBody | undefined;
  readonly withCredentials: boolean;
  /**
   * Whether every redirect so far has stayed on the first origin. One that has not leaves the TLS
   * identity and leniency behind.
   */
  readonly sameOrigin: boolean;
  /** Aborted when nobody wants the response, or more of it, any longer. */
  readonly signal: AbortSignal;
}

/** The answer to a request. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The URL that answered. */
  readonly url: string;
  readonly redirected: boolean;
  /** The same with what led there, as messages show it. */
  readonly sender: string;
  readonly body: ReadableStream<Uint8Array> | null;
  /** The same as Fetch has it, its body this one. */
  toResponse(): Response;
}

/**
 * What carries requests. What it cannot do (a scheme, an encoding, a permission), and how a proxy
 * fails, it tells by throwing an {@linkcode EventSourceError}; what else it throws is "network".
 */
export interface Transport {
  /**
   * Whether the platform is a page's: it follows redirects unseen, keeps cookies by its own rules,
   * and drops the header fields that it forbids to scripts.
   */
  readonly isBrowser: boolean;
  /** Sends one request. Rejects if there is no response. */
  send(url: string, request: TransportRequest): Promise<TransportResponse>;
  /** Called once no request follows; a response that is being read is not affected. */
  close?(): void;
}

/** TLS options, named as those of node:https. Each runtime takes those that it can honour. */
export interface HttpsOptions {
  /** Whether a certificate that cannot be verified is refused. Default: `true`. */
  readonly rejectUnauthorized?: boolean | undefined;
  /**
   * Certificates of CAs to trust, in PEM. They replace the well-known ones, except with Deno's
   * `fetch`, which adds them.
   */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined;
  /** The client's certificate, in PEM. */
  readonly cert?: HttpsOptions["ca"];
  /** The client's private key, in PEM. */
  readonly key?: HttpsOptions["ca"];
  /** The passphrase of the private key. */
  readonly passphrase?: string | undefined;
  /** The name that the server's certificate must be for. Default: the host of the URL. */
  readonly servername?: string | undefined;
  /** Any other option of node:https's `request` and node:tls's `connect`. */
  readonly [option: string]: unknown;
}

/** The options that choose or configure a transport. */
export interface TransportInit {
  readonly fetch?: FetchLike | undefined;
  readonly https?: HttpsOptions | undefined;
  readonly proxy?: string | URL | false | undefined;
  readonly body?: unknown;
}

/** The second argument of a {@linkcode FetchLike}: members of Fetch's `RequestInit`. */
export interface FetchLikeInit {
  /** The request's method. */
  method: string;
  /** The request's body; absent if there is none. */
  body?: RequestBody;
  /** `"half"` if the body is a stream; otherwise absent. */
  duplex?: "half";
  /**
   * All header fields of the request, `Accept` and `Last-Event-ID` included, each word of their
   * names with a capital (`X-Api-Key`): an object that can be spread, as a `Headers` cannot.
   */
  headers: Record<string, string>;
  /** Aborted when the connection is closed: a fetch that ignores it leaks its request. */
  signal: AbortSignal;
  /** `"include"` if the source was made `withCredentials`. */
  credentials: "include" | "same-origin";
  /** `"no-store"` where the runtime accepts the member; otherwise absent. */
  cache?: "no-store";
  /**
   * `"follow"` in browsers, and if the source has no `headers`, `body` or user information to guard;
   * otherwise `"manual"`. Redirects that the function returns are followed by calling it again.
   */
  redirect: "manual" | "follow";
}

/** A function like `fetch`, as far as this library calls it. */
export type FetchLike = (url: string, init: FetchLikeInit) => Promise<Response>;

/**
 * The header fields that another origin may get: ours, and those of the user's that tell of nobody.
 */
export const ANONYMOUS_FIELDS: readonly string[] = [
  "accept",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "last-event-id",
  "user-agent",
];

/** Cancels a body that nobody reads. */
export function discard(body: ReadableStream<Uint8Array> | null | undefined): void {
  body?.cancel().catch(() => {});
}

/** The error for an option that a transport cannot honour; it says which transport can. */
export function refusal(what: string, who: string): TypeError {
  return misuse(
    `${who} cannot honour ${what}; on Node.js, Deno and Bun "@x/eventsource/node" can`,
  );
}

/** The error for a request that this runtime cannot make, now or later. */
export function cannotSend(url: string, why: unknown): EventSourceError {
  const message = `Cannot connect to ${showUrl(new URL(url))}: ${explain(why)}`;
  return new EventSourceError("unsupported", message, { cause: plainError(why) });
}

/** @throws {EventSourceError} Unless the URL has a scheme that transports know. */
export function checkScheme(url: string): void {
  const { protocol, pathname } = new URL(url);
  if (/^(https?|data):$/.test(protocol)) return;
  // "localhost:8080/events" is a URL too.
  const hint = /^\d/.test(pathname) ? " (is http:// missing in front of a host?)" : "";
  throw cannotSend(url, `only http: and https: are supported${hint}`);
}

/** Whether a permission of Deno's is missing: another attempt would not have it either. */
export function isForbidden(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "NotCapable";
}

/** A `Response` with this head and body. */
export function createResponse(
  status: number,
  headers: Headers,
  body: ReadableStream<Uint8Array> | null,
): Response {
  const isGone = body?.locked === true;
  const isEmpty = status === 204 || status === 205 || status === 304;
  // A stream that others read is none that a Response takes: another stands for it. With these
  // statuses it takes none at all, though Firefox gives their responses one.
  const content = isEmpty ? null : isGone ? new ReadableStream<Uint8Array>() : body;
  const response = status >= 200 && status <= 599
    ? new Response(content, { status, headers })
    // HTTP has room for others, which the constructor has not.
    : Object.defineProperty(new Response(content, { headers }), "status", { value: status });
  // Whoever reads it is to learn that it is gone, as from Fetch, and not to find it empty.
  if (isGone) response.body?.getReader();
  return response;
}
