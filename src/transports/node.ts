/**
 * Requests through node:http and node:https, for Node.js, and for Deno and Bun by their versions of
 * these.
 *
 * They differ from `fetch` in what they can: all TLS options, proxies, any header field, and no
 * time limit on silence. Redirects are not followed and nothing is decoded unless it is done here.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import * as http from "node:http";
import * as https from "node:https";
import { isIP } from "node:net";
import type { Duplex, Readable } from "node:stream";
import * as tls from "node:tls";
import * as zlib from "node:zlib";
import {
  type HttpsOptions,
  type Proxy,
  type RequestBody,
  type Transport,
  type TransportInit,
  type TransportRequest,
  type TransportResponse,
  withoutIdentity,
} from "./transport.ts";

const PROXY_SCHEMES = new Set(["http:", "https:", "socks:", "socks4:", "socks5:", "socks5h:"]);

/** Room for the header fields of a response: tokens and policies outgrow the default of 16 KiB. */
const MAX_HEADER_SIZE = 256 * 1024;

/** The content encodings that are decoded, or need not be. */
const ENCODINGS = new Set(["", "identity", "gzip", "x-gzip", "deflate", "br"]);

/** The statuses of responses that have no body. */
const BODILESS = new Set([204, 205, 304]);

/** Makes the transport for `init`. */
export function nodeTransport({ https: given = {}, proxy }: TransportInit): Transport {
  const tlsOptions = checkTlsOptions(given);
  if (proxy instanceof URL && !PROXY_SCHEMES.has(proxy.protocol)) {
    // Not even the scheme is shown: where it is missing, a user name is taken for it.
    throw new TypeError(
      "Cannot construct EventSource: proxy must be an http:, https:, socks5: or socks5h: URL",
    );
  }
  if (proxy !== undefined && proxy !== false && tlsOptions["agent"] !== undefined) {
    throw new TypeError("Cannot construct EventSource: proxy and https.agent exclude each other");
  }
  return {
    isBrowser: false,
    undecoded: [],
    supports: (protocol) => protocol === "http:" || protocol === "https:" || protocol === "data:",
    // node:http writes header values as Latin-1: each character is a byte.
    encode: (text) => Buffer.from(text).toString("latin1"),
    async send(url, request) {
      if (url.startsWith("data:")) return await fetch(url, { signal: request.signal });
      const via = await proxyFor(url, proxy, request.signal);
      const options = request.sameOrigin ? tlsOptions : withoutIdentity(tlsOptions);
      try {
        return await exchange(new URL(url), request, options, via);
      } catch (cause) {
        if (via === undefined || request.signal.aborted) throw cause;
        const why = cause instanceof Error ? cause.message || cause.name : String(cause);
        // Not as the cause: the libraries' errors hold their options, and so the password.
        throw new Error(`the proxy ${via.shown} failed: ${why}`);
      }
    },
  };
}

/** What of node:https's options is about the request itself, which is not for them to say. */
const REQUEST_MEMBERS = [
  "auth",
  "createConnection",
  "headers",
  "host",
  "hostname",
  "method",
  "path",
  "port",
  "protocol",
  "setHost",
  "signal",
  "socket",
  "socketPath",
  "timeout",
];

/**
 * The TLS options that are there.
 *
 * @throws {TypeError} If there are others among them.
 */
function checkTlsOptions(given: HttpsOptions): HttpsOptions {
  const options = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  const wrong = REQUEST_MEMBERS.find((name) => name in options);
  if (wrong !== undefined) {
    throw new TypeError(`Cannot construct EventSource: https.${wrong} is no TLS option`);
  }
  const { checkServerIdentity: check } = options;
  if (typeof check !== "function") return options;
  return {
    ...options,
    // Thrown into node:tls, it would end the process, or pass for consent.
    checkServerIdentity(host: string, certificate: tls.PeerCertificate): Error | undefined {
      try {
        return check(host, certificate);
      } catch (error) {
        return error instanceof Error ? error : new Error(String(error));
      }
    },
  };
}

/** A proxy for one request. */
interface Via {
  readonly agent: http.Agent;
  /** Its URL as messages show it. */
  readonly shown: string;
  /** Whether it is sent the request itself, where others make a tunnel. */
  readonly forwards: boolean;
}

/** Loads the libraries only if there is a proxy. */
async function proxyFor(
  url: string,
  proxy: Proxy | undefined,
  signal: AbortSignal,
): Promise<Via | undefined> {
  if (proxy === undefined || proxy === false) return undefined;
  const found = proxy === "env" ? (await import("proxy-from-env")).getProxyForUrl(url) : proxy.href;
  if (found === "") return undefined;
  if (!URL.canParse(found) || !PROXY_SCHEMES.has(new URL(found).protocol)) {
    throw new Error("the environment names a proxy that is no http:, https: or SOCKS URL");
  }
  const { protocol, host } = new URL(found);
  const shown = `${protocol}//${host}`;
  // The sockets to a proxy are the libraries' until there is a tunnel: the signal reaches them, by
  // an option of node:net's that the types of the libraries leave out.
  const socketOptions = { signal } as never;
  if (protocol.startsWith("socks")) {
    const { SocksProxyAgent } = await import("socks-proxy-agent");
    const agent = new SocksProxyAgent(found, { socketOptions });
    return { agent, shown, forwards: false };
  }
  if (url.startsWith("https:")) {
    const { HttpsProxyAgent } = await import("https-proxy-agent");
    return { agent: new HttpsProxyAgent(found, socketOptions), shown, forwards: false };
  }
  const { HttpProxyAgent } = await import("http-proxy-agent");
  return { agent: new HttpProxyAgent(found, socketOptions), shown, forwards: true };
}

/** Sends one request, and waits for the head of its response. */
async function exchange(
  url: URL,
  { method, headers, body, signal }: TransportRequest,
  tlsOptions: HttpsOptions,
  via: Via | undefined,
): Promise<TransportResponse> {
  const isSecure = url.protocol === "https:";
  const fields: Record<string, string> = { ...Object.fromEntries(headers) };
  fields["accept-encoding"] ??= "gzip, deflate, br";
  const content = await encodeBody(body, fields);
  // A proxy goes by the URL; the library would go by this.
  if (via?.forwards) delete fields["host"];
  if (signal.aborted && content instanceof ReadableStream) await content.cancel();
  signal.throwIfAborted();
  return await new Promise((resolve, reject) => {
    const options = {
      maxHeaderSize: MAX_HEADER_SIZE,
      ...(!isSecure ? {} : via === undefined ? tlsOptions : tunnelOptions(url, tlsOptions)),
      // An agent that keeps connections would keep them past close().
      agent: via?.agent ?? (isSecure && tlsOptions["agent"]) ?? false,
      method,
      headers: fields,
    };
    // The TLS options are node:tls's to judge.
    const request = (isSecure ? https : http).request(url, options as https.RequestOptions);
    const abort = (): void => void request.destroy(new DOMException("Aborted", "AbortError"));
    signal.addEventListener("abort", abort);
    request.on("close", () => {
      signal.removeEventListener("abort", abort);
      // Node.js destroys some requests (status 101) without a word.
      reject(new Error("the connection closed without a response"));
    });
    request.on("upgrade", (_response, socket) => socket.destroy());
    request.on("error", reject);
    // What a proxy answers to CONNECT is not the target's: the library passes it off as such.
    request.on("proxyConnect", ({ statusCode }: { statusCode?: number }) => {
      if (statusCode === undefined || statusCode === 200) return;
      request.destroy(new Error(`it answered CONNECT with status ${statusCode}`));
    });
    request.on("response", (response) => {
      const status = response.statusCode ?? 0;
      if (via?.forwards && status === 407) {
        response.destroy();
        return reject(new Error("it asked for authentication (status 407)"));
      }
      const encoding = response.headers["content-encoding"]?.trim().toLowerCase() ?? "";
      if (!ENCODINGS.has(encoding)) {
        response.destroy();
        return reject(new Error(`it answered with an unknown content encoding, "${encoding}"`));
      }
      const isBodiless = BODILESS.has(status) || method === "HEAD";
      if (isBodiless) response.resume();
      resolve({
        status,
        headers: responseHeaders(response.rawHeaders),
        url: url.href,
        body: isBodiless ? null : toStream(response, request, encoding),
      });
    });
    if (content === undefined || typeof content === "string" || content instanceof Uint8Array) {
      request.end(content);
    } else {
      send(content, request).catch((error) => request.destroy(error));
    }
  });
}

/** TLS options for a tunnel, where the libraries know no name to verify but those that are no IP. */
function tunnelOptions(url: URL, options: HttpsOptions): HttpsOptions {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (!isIP(host)) return options;
  return {
    checkServerIdentity: (_: string, certificate: tls.PeerCertificate) =>
      tls.checkServerIdentity(host, certificate),
    ...options,
  };
}

function responseHeaders(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    try {
      headers.append(raw[index]!, raw[index + 1]!);
    } catch {
      // A field that Fetch does not allow is of no use to anybody here.
    }
  }
  return headers;
}

/** The body's bytes or stream, with the header fields that describe it. */
async function encodeBody(
  body: RequestBody | undefined,
  fields: Record<string, string>,
): Promise<string | Uint8Array | ReadableStream<Uint8Array> | undefined> {
  if (body === undefined) return undefined;
  if (body instanceof ReadableStream) return body;
  // Forms and blobs: as Fetch encodes them.
  const encoded = new Response(body);
  const type = encoded.headers.get("content-type");
  if (type !== null) fields["content-type"] ??= type;
  const bytes = new Uint8Array(await encoded.arrayBuffer());
  fields["content-length"] = String(bytes.length);
  return bytes;
}

async function send(body: ReadableStream<Uint8Array>, request: http.ClientRequest): Promise<void> {
  const reader = body.getReader();
  request.on("close", () => void reader.cancel().catch(() => {}));
  for (;;) {
    const { done, value } = await reader.read();
    if (request.destroyed) return;
    if (done) break;
    if (request.write(value)) continue;
    await new Promise<void>((resolve) => {
      request.once("drain", resolve);
      request.once("close", resolve);
    });
  }
  request.end();
}

/** A response's body as a web stream, decoded as it arrives. */
function toStream(
  response: http.IncomingMessage,
  request: http.ClientRequest,
  encoding: string,
): ReadableStream<Uint8Array> {
  const decoder = decoderFor(encoding);
  if (decoder !== undefined) {
    response.on("error", (error) => decoder.destroy(error));
    response.pipe(decoder);
  }
  const source: Readable = decoder ?? response;
  let done = false;
  return new ReadableStream<Uint8Array>({
    start(controller): void {
      const finish = (error?: Error): void => {
        if (done) return;
        done = true;
        if (error === undefined) controller.close();
        else controller.error(error);
        request.destroy();
      };
      source.on("data", (chunk: Uint8Array) => {
        if (done) return;
        controller.enqueue(chunk);
        if (controller.desiredSize !== null && controller.desiredSize <= 0) source.pause();
      });
      source.on("end", () => finish());
      source.on("error", finish);
      source.on("close", () => finish(new Error("the response broke off")));
      source.pause();
    },
    pull(): void {
      source.resume();
    },
    cancel(): void {
      done = true;
      request.destroy();
      source.destroy();
    },
  });
}

/** Decoders that give what they have with each chunk, and fail if the end is missing. */
function decoderFor(encoding: string): Duplex | undefined {
  switch (encoding) {
    case "gzip":
    case "x-gzip":
      return zlib.createGunzip();
    case "deflate":
      return zlib.createInflate();
    case "br":
      return zlib.createBrotliDecompress();
    default:
      return undefined;
  }
}
