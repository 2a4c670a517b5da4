/**
 * The one seam between the `EventSource` and whatever carries its requests.
 *
 * @module
 */

import { misuse } from "../check.ts";
import { visible } from "../shown.ts";

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
   * Whether every redirect so far has stayed on the origin of the source's URL. One that has not
   * leaves the TLS identity and leniency behind.
   */
  readonly sameOrigin: boolean;
  /** Aborted when nobody wants the response, or more of it, any longer. */
  readonly signal: AbortSignal;
  /** The last event id that is among the headers, for whoever makes others. */
  readonly lastEventId: string;
  /** The body for a further request, or what is thrown where it cannot be sent again. */
  nextBody(): Promise<RequestBody | undefined>;
  /** Called before a redirect is followed. */
  onRedirect(to: URL): void;
}

/** The answer to a request. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The URL that answered; empty where the transport does not know. */
  readonly url: string;
  readonly redirected: boolean;
  readonly body: ReadableStream<Uint8Array> | null;
  /** The same as Fetch has it, its body this one. */
  toResponse(): Response;
}

/** What carries requests, and what about it differs between runtimes. */
export interface Transport {
  /**
   * Whether the platform is a page's: it follows redirects unseen, keeps cookies by its own rules,
   * and drops the header fields that it forbids to scripts.
   */
  readonly isBrowser: boolean;
  /** The proxy that the user named, as messages show it. */
  readonly via?: string | undefined;
  /** Whether schemes other than `http:`, `https:` and `data:` are for it to judge. */
  readonly judgesSchemes: boolean;
  /** Sends one request. Rejects if there is no response. */
  send(url: string, request: TransportRequest): Promise<TransportResponse>;
  /** What about a response, by its header fields, it cannot decode; `undefined` for nothing. */
  cannotDecode?(headers: Headers): string | undefined;
  /** Called once no request follows; what is being read is read on. */
  close?(): void;
}

/** Certificates and keys in PEM, as node:tls takes them. */
export type Pem = string | Uint8Array | readonly (string | Uint8Array)[];

/** TLS options, named as those of node:https. Each runtime takes those that it can honour. */
export interface HttpsOptions {
  /** Whether a certificate that cannot be verified is refused. Default: `true`. */
  readonly rejectUnauthorized?: boolean | undefined;
  /**
   * Certificates of authorities to trust, in PEM: instead of the well-known ones, but through
   * Deno's `fetch` besides them.
   */
  readonly ca?: Pem | undefined;
  /** The client's certificate, in PEM. */
  readonly cert?: Pem | undefined;
  /** The client's private key, in PEM. */
  readonly key?: Pem | undefined;
  /** The passphrase of the private key. */
  readonly passphrase?: string | undefined;
  /** The name that the server's certificate must be for. Default: the host of the URL. */
  readonly servername?: string | undefined;
  /** Whatever else node:https's `request` and node:tls's `connect` take. */
  readonly [option: string]: unknown;
}

/** The URL of a proxy, "env" for those of the environment, or `false` for none. */
export type ProxyOption = string | URL | false;

/** The options that choose or configure a transport. */
export interface TransportInit {
  readonly fetch?: FetchLike | undefined;
  readonly https?: HttpsOptions | undefined;
  readonly proxy?: ProxyOption | undefined;
}

/** What a {@linkcode FetchLike} is given besides the URL: the members of Fetch's `RequestInit`. */
export interface FetchLikeInit {
  /** The request's method. */
  method: string;
  /** The request's body; absent where there is none. */
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
  /** `"manual"` except in browsers: redirects are followed by hand. */
  redirect: "manual" | "follow";
}

/** A function like `fetch`, as far as this library calls it. */
export type FetchLike = (url: string, init: FetchLikeInit) => Promise<Response>;

/** A runtime's own `fetch`, with what it can besides what Fetch says. */
export interface RuntimeFetch {
  /** The same as `fetch`, for a request to the source's own origin or to another. */
  fetch(url: string, init: FetchLikeInit, sameOrigin: boolean): Promise<Response>;
  /** The content encodings that it undoes. */
  readonly decodes: readonly string[];
  /** The proxy that the user named, as messages show it. */
  readonly via: string | undefined;
  close?(): void;
}

/** What Fetch, or what is like it, has answered. */
export function fromFetch(response: Response): TransportResponse {
  const { status, headers, url, redirected, body } = response;
  return { status, headers, url, redirected, body, toResponse: () => response };
}

/** Cancels a body that nobody reads. */
export function discard(body: ReadableStream<Uint8Array> | null | undefined): void {
  body?.cancel().catch(() => {});
}

/** The error for what a transport cannot honour; it says what can. */
export function refusal(what: string, who: string): TypeError {
  return misuse(
    `${who} cannot honour ${what}; on Node.js, Deno and Bun "@x/eventsource/node" can`,
  );
}

/** How much a message repeats of what a server has said, in code units. */
const SHOWN = 80;

/** What a server has said, as messages repeat it. */
export function quote(text: string): string {
  return visible(JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text));
}
