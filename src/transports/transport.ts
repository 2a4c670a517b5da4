/**
 * The one seam between the `EventSource` and what carries its requests.
 *
 * @module
 */

import { decodeUtf8, misuse, parsedUrl } from "../check.ts";
import { EventSourceError } from "../errors.ts";
import { showUrl } from "../shown.ts";

/** A request's body, as Fetch's `BodyInit`. */
export type RequestBody =
  | string
  | ArrayBuffer
  | Uint8Array<ArrayBuffer>
  | DataView<ArrayBuffer>
  | Blob
  | FormData
  | URLSearchParams
  | ReadableStream<Uint8Array>;

/** Fetch's content type for text; Bun's fetch does not set it. */
export const TEXT_TYPE = "text/plain;charset=UTF-8";

/** The `User-Agent` where the runtime sends none: many gateways refuse requests without one. */
export const USER_AGENT = "EventSource (@x/eventsource)";

/** One request of an attempt; each redirect makes another. */
export interface TransportRequest {
  readonly method: string;
  readonly headers: Headers;
  readonly body: RequestBody | undefined;
  readonly withCredentials: boolean;
  /**
   * Whether every redirect so far has stayed on the first origin. Otherwise the client certificate
   * and `rejectUnauthorized: false` stay behind.
   */
  readonly sameOrigin: boolean;
  /** Aborted when the response, or the rest of it, is no longer needed. */
  readonly signal: AbortSignal;
}

/** The response to a request. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The URL of the response. */
  readonly url: string;
  readonly redirected: boolean;
  /** The same as messages show it, with the proxy or redirect that led there. */
  readonly sender: string;
  readonly body: ReadableStream<Uint8Array> | null;
  /** The same as Fetch's `Response`, with this body. */
  toResponse(): Response;
}

/**
 * Carries requests. If it lacks a scheme, an encoding or a permission, or a proxy fails, it throws an
 * {@linkcode EventSourceError}. Anything else that it throws counts as `"network"`.
 */
export interface Transport {
  /**
   * Whether it runs in a browser, which follows redirects unseen, handles cookies by its own rules,
   * and drops forbidden headers.
   */
  readonly isBrowser: boolean;
  /** Sends one request. Rejects if there is no response. */
  send(url: string, request: TransportRequest): Promise<TransportResponse>;
  /** Called once no request follows; a response that is being read is not affected. */
  close?(): void;
}

/** A server's certificate, as node:tls describes it: the members that most checks use. */
export interface PeerCertificate {
  /** The subject of the certificate. */
  readonly subject: { readonly CN?: string | string[] };
  /** The issuer, which signed it. */
  readonly issuer: { readonly CN?: string | string[] };
  /** The names that it is valid for, such as `"DNS:example.com, IP Address:127.0.0.1"`. */
  readonly subjectaltname?: string | undefined;
  /** The start of its validity. */
  readonly valid_from: string;
  /** The end of its validity. */
  readonly valid_to: string;
  /** The SHA-1 digest of the certificate, in hexadecimal digits with colons. */
  readonly fingerprint: string;
  /** The SHA-256 digest of the certificate, in hexadecimal digits with colons. */
  readonly fingerprint256: string;
  /** The certificate's serial number, in hexadecimal digits. */
  readonly serialNumber: string;
  /** The certificate in DER. */
  readonly raw: Uint8Array;
}

/**
 * TLS options, named as in node:https. Each runtime takes those that it can honour and refuses the
 * others; an unknown name is refused everywhere.
 */
export interface HttpsOptions {
  // Functions have the types of methods, so that those with Node.js's types fit.
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
  /** The passphrase of the private key, or of `pfx`. */
  readonly passphrase?: string | undefined;
  /** The client's certificate and private key, as PKCS#12. */
  readonly pfx?:
    | string
    | Uint8Array
    | readonly (string | Uint8Array | {
      readonly buf: string | Uint8Array;
      readonly passphrase?: string;
    })[]
    | undefined;
  /** The name that the server's certificate must be for. Default: the host of the URL. */
  readonly servername?: string | undefined;
  /**
   * Checks whom the server's certificate is for, in place of the standard's rule; it returns an
   * error to refuse it. No TLS session is resumed then, as that would skip the check.
   */
  readonly checkServerIdentity?:
    | { check(host: string, certificate: PeerCertificate): Error | undefined | void }["check"]
    | undefined;
  /** The lowest version of TLS, such as `"TLSv1.2"`. */
  readonly minVersion?: string | undefined;
  /** The highest version of TLS, such as `"TLSv1.3"`. */
  readonly maxVersion?: string | undefined;
  /** The cipher suites, as OpenSSL writes them. */
  readonly ciphers?: string | undefined;
  /** Certificate revocation lists, in PEM. */
  readonly crl?: HttpsOptions["ca"];
  /** The curves for key agreement, with colons between them. */
  readonly ecdhCurve?: string | undefined;
  /** The signature algorithms, with colons between them. */
  readonly sigalgs?: string | undefined;
  /** The smallest size of a Diffie-Hellman parameter, in bits. */
  readonly minDHSize?: number | undefined;
  /** The protocols to offer by ALPN. */
  readonly ALPNProtocols?: readonly string[] | undefined;
  /** Whether a chain that ends at an intermediate certificate in `ca` is accepted. */
  readonly allowPartialTrustChain?: boolean | undefined;
  /** The name of an OpenSSL engine that provides the client's certificate. */
  readonly clientCertEngine?: string | undefined;
  /** Diffie-Hellman parameters, in PEM. */
  readonly dhparam?: string | Uint8Array | undefined;
  /** Whether packets of TLS are written to the standard error stream. */
  readonly enableTrace?: boolean | undefined;
  /** Whether the server's order of cipher suites is preferred. */
  readonly honorCipherOrder?: boolean | undefined;
  /** The name of an OpenSSL engine that has the private key. */
  readonly privateKeyEngine?: string | undefined;
  /** The identifier of the private key in that engine. */
  readonly privateKeyIdentifier?: string | undefined;
  /** Returns the pre-shared key for a server, or `null` for none. */
  readonly pskCallback?:
    | {
      key(
        hint: string | null,
      ): { readonly psk: Uint8Array; readonly identity: string } | null;
    }["key"]
    | undefined;
  /** Whether the server is asked for its OCSP response. */
  readonly requestOCSP?: boolean | undefined;
  /** What `tls.createSecureContext()` returns. */
  readonly secureContext?: object | undefined;
  /** OpenSSL's options, as a number. */
  readonly secureOptions?: number | undefined;
  /** The version of TLS, such as `"TLSv1_2_method"`; `minVersion` and `maxVersion` are newer. */
  readonly secureProtocol?: string | undefined;
  /** A TLS session to resume. */
  readonly session?: Uint8Array | undefined;
  /** An identifier for sessions; servers use it. */
  readonly sessionIdContext?: string | undefined;
  /** An `https.Agent`; `agent` takes a function of the URL too. */
  readonly agent?: { destroy(): void } | false | undefined;
  /** Resolves names, as `dns.lookup` does; called for `http:` URLs too, and for each redirect. */
  readonly lookup?:
    | {
      lookup(
        hostname: string,
        options: object,
        callback: (
          error: Error | null,
          address: string | { address: string; family: number }[],
          family?: number,
        ) => void,
      ): void;
    }["lookup"]
    | undefined;
  /** The version of IP to connect by, 4 or 6; for `http:` URLs too. Default: 0, either. */
  readonly family?: number | undefined;
  /** Flags for `dns.lookup`; for `http:` URLs too. */
  readonly hints?: number | undefined;
  /** The local address to connect from; for `http:` URLs too. */
  readonly localAddress?: string | undefined;
  /** The local port to connect from; for `http:` URLs too. */
  readonly localPort?: number | undefined;
  /** Whether each of a host's addresses is tried in turn; for `http:` URLs too. */
  readonly autoSelectFamily?: boolean | undefined;
  /** Milliseconds before the next address is tried; for `http:` URLs too. */
  readonly autoSelectFamilyAttemptTimeout?: number | undefined;
  /** Whether HTTP with errors is accepted, which is a risk; for `http:` URLs too. */
  readonly insecureHTTPParser?: boolean | undefined;
  /** The size limit for a response's headers, in bytes; for `http:` URLs too. Default: 256 KiB. */
  readonly maxHeaderSize?: number | undefined;
}

/** The options that choose or configure a transport. */
export interface TransportInit {
  readonly fetch?: FetchLike | undefined;
  readonly https?: HttpsOptions | undefined;
  readonly agent?: unknown;
  readonly createConnection?: unknown;
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
  /** `"no-store"`. */
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
 * The headers that another origin may get: ours, and those of the user's that identify nobody.
 */
export const ANONYMOUS_FIELDS: readonly string[] = [
  "accept",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "last-event-id",
  "user-agent",
];

/**
 * Where a response redirects to: `undefined` if it does not, or does not say where; `null` if that is
 * no URL.
 *
 * @see {@link https://fetch.spec.whatwg.org/#concept-response-location-url}
 */
export function redirectTarget(
  { status, headers }: Pick<Response, "status" | "headers">,
  from: string | URL,
): URL | null | undefined {
  const location = [301, 302, 303, 307, 308].includes(status) ? headers.get("location") : null;
  // The header's bytes are UTF-8, if they are valid.
  return location === null ? undefined : parsedUrl(decodeUtf8(location), from) ?? null;
}

/** Cancels a body, or by its reader the rest of it, that will not be read. */
export function discard(body: Pick<ReadableStream, "cancel"> | null | undefined): void {
  body?.cancel().catch(() => {});
}

/** The error for an option that a transport cannot honour; it says which transport can. */
export function refusal(what: string, who: string): TypeError {
  return misuse(`${who} cannot honour ${what}; node:http can ("@x/eventsource/node")`);
}

/** The final error for a request that this runtime cannot make. */
export function cannotSend(
  url: string,
  why: string,
  options?: { readonly cause: unknown },
): EventSourceError {
  const message = `Cannot connect to ${showUrl(new URL(url))}: ${why}`;
  return new EventSourceError("unsupported", message, options);
}

/** @throws {EventSourceError} If the URL's scheme is not supported. */
export function checkScheme(url: string): void {
  if (/^(https?|data):/.test(url)) return;
  // "localhost:8080/events" is a URL too.
  const hint = /^[^:]*:\d/.test(url) ? " (is http:// missing?)" : "";
  throw cannotSend(url, `only http: and https: are supported${hint}`);
}

/** A `Response` with this head and body. */
export function createResponse(
  { status, headers, url }: Pick<TransportResponse, "status" | "headers" | "url">,
  body: ReadableStream<Uint8Array> | null,
): Response {
  // Responses with these statuses take no body, although Firefox gives them one.
  const content = [204, 205, 304].includes(status) ? null : body;
  // HTTP allows other statuses, which the constructor refuses; it takes no URL at all.
  const known = status >= 200 && status <= 599 ? status : 599;
  const response = new Response(content, { status: known, headers });
  return Object.defineProperties(response, { status: { value: status }, url: { value: url } });
}
