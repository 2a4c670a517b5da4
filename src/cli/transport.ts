/**
 * What carries the requests of the command, and how it tells of them.
 *
 * @module
 */

import process from "node:process";
import { decodeUtf8 } from "../request/headers.ts";
import { defaultTransport } from "../transports/default.ts";
import { nodeTransport } from "../transports/node/request.ts";
import type { Transport, TransportInit, TransportRequest } from "../transports/transport.ts";
import { showUrl, showUrlText } from "../shown.ts";
import { isSecret } from "./secrets.ts";

/** The fields whose value is a URL, alone or after a number of seconds. */
const URLS = /^(content-location|location|referer|refresh)$/;

/** Of a Link field, what stands in angle brackets, and whatever else is between its delimiters. */
const LINKS = /(?<=<)[^>]*|[^<>"]+/g;

/**
 * Makes the transport: over node:http, which honours every option. On Deno that takes permissions
 * besides `--allow-net`, so that there it carries only what `fetch` cannot.
 */
export function createTransport(init: TransportInit): Transport {
  const direct = { ...init, proxy: undefined };
  if (!("Deno" in globalThis) || isBeyondDeno(init)) {
    // What reads the environment's proxies is loaded only if there are any.
    return nodeTransport(init.proxy === "env" && !namesProxy() ? direct : init);
  }
  // Deno obeys the environment by itself, without a permission.
  return defaultTransport(init.proxy === "env" ? direct : init);
}

function namesProxy(): boolean {
  return Object.keys(process.env).some((name) => /(^|_)(https?|all)_proxy$/i.test(name));
}

function isBeyondDeno({ https, proxy }: TransportInit): boolean {
  return https?.rejectUnauthorized === false || proxy === false || /^socks/i.test(`${proxy}`);
}

/** The same transport, which tells of each request. */
export function withObserver(
  transport: Transport,
  observe: (request: TransportRequest) => void,
): Transport {
  return {
    ...transport,
    send(url, request) {
      observe(request);
      return transport.send(url, request);
    },
  };
}

/** The same transport, which logs requests and heads of responses, a line each. */
export function withLog(transport: Transport, log: (line: string) => void): Transport {
  return {
    ...transport,
    async send(url, request) {
      log(`> ${request.method} ${showPlace(new URL(url))}`);
      logHeaders(">", request.headers, log);
      const response = await transport.send(url, request);
      log(`< ${response.status}`);
      logHeaders("<", response.headers, log);
      return response;
    },
  };
}

function logHeaders(mark: string, headers: Headers, log: (line: string) => void): void {
  for (const [name, value] of headers) {
    log(`${mark} ${name}: ${isSecret(name) ? "(hidden)" : showValue(name, decodeUtf8(value))}`);
  }
}

function showValue(name: string, value: string): string {
  if (name === "link") return value.replace(LINKS, (part) => showUrlText(part));
  return URLS.test(name) ? showUrlText(value) : value;
}

/** That there is a query is of interest; what it holds may be a secret. */
function showPlace(url: URL): string {
  return showUrl(url) + (url.search === "" ? "" : "?...");
}
