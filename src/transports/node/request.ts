/**
 * Requests through node:http and node:https, for Node.js, and for Deno and Bun by their versions of
 * these.
 *
 * They differ from `fetch` in what they can: all TLS options, proxies, any header field, and no
 * time limit on silence. Redirects are not followed and nothing is decoded unless it is done here.
 *
 * @module
 */

// As objects, not as namespaces: those keep what was there when they were first imported, and miss
// what libraries that mock, trace or tunnel requests put in its place.
import http from "node:http";
import https from "node:https";
import { misuse } from "../../check.ts";
import { EventSourceError, plainError } from "../../errors.ts";
import { showOrigin, showUrl } from "../../shown.ts";
import { checkDecoded } from "../content_encoding.ts";
import { fromFetch } from "../fetch.ts";
import { decodersFor, encodeBody, send, toStream } from "./body.ts";
import { responseHeaders } from "./response.ts";
import { proxyFor, type Via } from "./proxy.ts";
import { checkTlsOptions, tunnelOptions } from "./tls.ts";
import { parseProxy, proxyFailure } from "../proxy.ts";
import { parseHttps, withoutIdentity } from "../tls.ts";
import {
  cannotSend,
  checkScheme,
  createResponse,
  type HttpsOptions,
  isForbidden,
  type Transport,
  type TransportInit,
  type TransportRequest,
  type TransportResponse,
  USER_AGENT,
} from "../transport.ts";

/** Room for the header fields of a response: tokens and policies outgrow the default of 16 KiB. */
const MAX_HEADER_SIZE = 256 * 1024;

/** The statuses of responses that have no body. */
const BODILESS = new Set([204, 205, 304]);

/** How long a connection is silent before TCP asks whether the other side is there, in ms. */
const KEEP_ALIVE_AFTER = 60_000;

/**
 * One for all plain requests, which keeps no connection past `close()`: `agent: false` makes one
 * for each, 1.4 KB a connection.
 */
const PLAIN_AGENT = new http.Agent();

/** Makes the transport for `init`. */
export function nodeTransport(init: TransportInit): Transport {
  const tlsOptions = checkTlsOptions(parseHttps(init.https));
  const proxy = parseProxy(init.proxy);
  if (proxy !== undefined && proxy !== false && tlsOptions["agent"] !== undefined) {
    throw misuse("proxy and https.agent exclude each other");
  }
  return {
    isBrowser: false,
    async send(url, request) {
      checkScheme(url);
      if (url.startsWith("data:")) {
        return fromFetch(await fetch(url, { signal: request.signal }), url);
      }
      const via = await proxyFor(url, proxy, request.signal);
      const options = request.sameOrigin ? tlsOptions : withoutIdentity(tlsOptions);
      try {
        const response = await exchange(new URL(url), request, options, via);
        const encoding = response.headers.get("content-encoding") ?? "";
        return checkDecoded(response, decodersFor(encoding) !== undefined);
      } catch (thrown) {
        if (isForbidden(thrown)) throw cannotSend(url, thrown);
        if (isMissing(thrown)) throw cannotSend(url, wrongEntry(thrown));
        if (thrown instanceof EventSourceError) throw thrown;
        if (via === undefined) throw plainError(thrown);
        throw proxyFailure(url, via.proxy, { thrown });
      }
    },
  };
}

/** Whether a runtime says that it lacks a part of node:http: another attempt would find no more. */
function isMissing(thrown: unknown): thrown is Error {
  return thrown instanceof Error && "code" in thrown &&
    /^ERR_(OPTION|METHOD)_NOT_IMPLEMENTED$/.test(String(thrown.code));
}

/** The same with what to do: it is Workers, bundled for Node.js. */
function wrongEntry({ message }: Error): string {
  return `${message} (this is the entry for Node.js: for Workers, bundle "@x/eventsource" with ` +
    'the condition "workerd")';
}

/** Sends one request, and waits for the head of its response. */
async function exchange(
  url: URL,
  { method, headers, body, signal }: TransportRequest,
  tlsOptions: HttpsOptions,
  via: Via | undefined,
): Promise<TransportResponse> {
  const isSecure = url.protocol === "https:";
  const fields: Record<string, string> = Object.fromEntries(headers);
  fields["user-agent"] ??= USER_AGENT;
  const content = await encodeBody(body, fields);
  // A proxy goes by the URL; the library would go by this.
  if (via?.forwards) delete fields["host"];
  if (signal.aborted && content instanceof ReadableStream) await content.cancel();
  signal.throwIfAborted();
  return await new Promise((resolve, reject) => {
    const options = {
      maxHeaderSize: MAX_HEADER_SIZE,
      ...(!isSecure ? {} : via === undefined ? tlsOptions : tunnelOptions(url, tlsOptions)),
      agent: via?.agent ?? (isSecure ? tlsOptions["agent"] ?? false : PLAIN_AGENT),
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
    request.on("error", (error: Error & { rawPacket?: unknown }) => {
      // What a server repeats of the request's header, secrets included, is nothing for a log.
      delete error.rawPacket;
      reject(error);
    });
    // A peer that has vanished sends nothing, as one that is silent does.
    request.on("socket", (socket) => socket.setKeepAlive(true, KEEP_ALIVE_AFTER));
    // What a proxy answers to CONNECT is not the target's: the library passes it off as such.
    request.on("proxyConnect", ({ statusCode }: { statusCode?: number }) => {
      if (via === undefined || statusCode === undefined || statusCode === 200) return;
      request.destroy(proxyFailure(url.href, via.proxy, { refusal: statusCode }));
    });
    request.on("response", (response) => {
      const status = response.statusCode ?? 0;
      if (via?.forwards && status === 407) {
        response.destroy();
        return reject(proxyFailure(url.href, via.proxy, { refusal: status }));
      }
      const decoders = decodersFor(response.headers["content-encoding"] ?? "");
      const isBodiless = BODILESS.has(status) || method === "HEAD";
      if (isBodiless) response.resume();
      const headers = responseHeaders(response.rawHeaders);
      const body = isBodiless ? null : toStream(response, request, decoders ?? []);
      resolve({
        status,
        headers,
        url: url.href,
        redirected: false,
        sender: showUrl(url) +
          (via === undefined ? "" : ` (through the proxy ${showOrigin(via.proxy)})`),
        body,
        toResponse: () => createResponse(status, headers, body),
      });
    });
    if (content === undefined || typeof content === "string" || content instanceof Uint8Array) {
      request.end(content);
    } else {
      send(content, request).catch((error) => request.destroy(error));
    }
  });
}
