/**
 * Bun's `fetch`, which takes TLS options and a proxy as members of its init. Left to itself, it
 *
 * - repeats a GET or PUT when a kept connection closes without an answer;
 * - makes 256 requests at a time, and lets the others wait in silence.
 *
 * @module
 */

import { bare } from "../check.ts";
import { EventSourceError } from "../errors.ts";
import { showOrigin, showUrl } from "../shown.ts";
import { checkCoding } from "./content_encoding.ts";
import type { RuntimeFetch } from "./fetch.ts";
import { bypass, environmentProxy, parseHttpProxy, throughProxy } from "./proxy.ts";
import { isExempt } from "./proxy_environment.ts";
import { parseHttps, withoutIdentity } from "./tls.ts";
import { cannotSend, type HttpsOptions, refusal, type TransportInit } from "./transport.ts";

const NAME = "Bun's fetch";

/** The content encodings that it decodes. */
const DECODES: readonly string[] = ["gzip", "x-gzip", "br", "deflate", "zstd"];

/** Unless the environment variable BUN_CONFIG_MAX_HTTP_REQUESTS says otherwise. */
const DEFAULT_MAX_REQUESTS = 256;

/** The options of node:https that it ignores. */
const UNKNOWN = [
  "ALPNProtocols",
  "agent",
  "family",
  "localAddress",
  "lookup",
  "maxVersion",
  "minDHSize",
  "minVersion",
  "pfx",
  "secureProtocol",
];

/** Bun's own members of the init of every request. */
const EXTENSION = {
  // A request on a connection of its own is not repeated.
  keepalive: false,
  // Otherwise Bun ends a response that is silent for minutes.
  timeout: false,
};

/** Whether this is Bun. */
export function isBun(): boolean {
  return "Bun" in globalThis;
}

/**
 * Bun's fetch for `init`.
 *
 * @throws {TypeError} If it cannot honour an option.
 */
export function bunFetch(init: TransportInit): RuntimeFetch {
  const https = init.https && parseBunHttps(init.https);
  const proxy = init.proxy === undefined ? undefined : parseHttpProxy(init.proxy, NAME);
  const shared = sharedWith(proxy, https);
  if (shared !== undefined) throw refusal(shared, NAME);
  return {
    decode(response, { signal }) {
      checkCoding(response, DECODES);
      return {
        ...response,
        // A listener asks for it, and may read it long after the source has ended.
        toResponse() {
          free(places.get(signal));
          return response.toResponse();
        },
      };
    },
    proxy: proxy ? showOrigin(proxy) : undefined,
    fetch(url, request, sameOrigin) {
      if (request.method !== "GET") checkMethod(url, request.method);
      takePlace(url, request.signal);
      // Bun itself reads the environment by other rules.
      const via = init.proxy === "env" ? environmentProxy(url, bunEnvironment, NAME) : proxy;
      if (via !== undefined) checkWay(url, via, https);
      const route = via === undefined ? {} : { proxy: via && via.href };
      const tls = https && { tls: sameOrigin ? https : withoutIdentity(https) };
      return throughProxy(via, url, fetch(url, bare(request, EXTENSION, route, tls ?? {})));
    },
  };
}

function parseBunHttps(given: HttpsOptions): HttpsOptions | undefined {
  const https = parseHttps(given);
  const wrong = UNKNOWN.find((member) => member in https);
  if (wrong !== undefined) throw refusal(`https.${wrong}`, NAME);
  return Object.keys(https).length > 0 ? https : undefined;
}

/**
 * An option that Bun would apply to an `https:` proxy as well, so that it would see the client's
 * certificate; `undefined` if there is none.
 */
function sharedWith(
  via: URL | false | undefined,
  https: HttpsOptions | undefined,
): string | undefined {
  if (!via || via.protocol !== "https:" || https === undefined) return undefined;
  const others = withoutIdentity(https);
  const personal = Object.keys(https).find((member) => !(member in others));
  return personal && `https.${personal} with an https: proxy`;
}

/**
 * Refuses a request that Bun would send another way than asked, or with options that the proxy would
 * get.
 *
 * @throws {EventSourceError}
 */
function checkWay(url: string, via: URL | false, https: HttpsOptions | undefined): void {
  const shared = sharedWith(via, https);
  if (shared !== undefined) throw cannotSend(url, `${NAME} cannot honour ${shared}`);
  if (via && isExemptByBun(new URL(url))) throw bypass(url, via, NAME);
  if (via === false && insistsOnProxy()) {
    throw cannotSend(
      url,
      `${NAME} cannot go past the proxy of the environment before 1.4.5; ` +
        '"@x/eventsource/node" can',
    );
  }
}

/** Whether Bun goes through a proxy of the environment all the same: 1.4.0 does, 1.4.5 does not. */
function insistsOnProxy(): boolean {
  return /^1\.4\.[0-4]\b/.test(bun().version) &&
    ["http_proxy", "https_proxy"].some((name) =>
      bunEnvironment(name) || bunEnvironment(name.toUpperCase())
    );
}

/** Whether some version of Bun goes direct because of `NO_PROXY`, of the environment or not. */
function isExemptByBun(url: URL): boolean {
  const list = bunEnvironment("no_proxy") || bunEnvironment("NO_PROXY") || "";
  // `*` stands beside other items, too, and for a part of a name; parts of addresses are items.
  return isExempt(url, list) ||
    list.toLowerCase().split(/[\s,]+/).some((item) =>
      item === "*" || item !== "" && url.hostname.endsWith(`.${item.replace(/^\*?\./, "")}`)
    );
}

/** Bun sends GET for a method that it does not know. */
function checkMethod(url: string, method: string): void {
  if (new Request("http://localhost", { method }).method === method.toUpperCase()) return;
  throw cannotSend(url, `${NAME} cannot send the method ${JSON.stringify(method)}`);
}

/** How many attempts are under way, and their places. */
let taken = 0;
const places = new WeakMap<AbortSignal, Place>();

/** Frees the places of attempts that end unseen: Bun collects a source whose loop was abandoned. */
let forgotten: FinalizationRegistry<Place> | undefined;

interface Place {
  isFree: boolean;
}

/**
 * Takes one of Bun's places, for an attempt and its redirects, whose requests follow one another.
 *
 * @throws {EventSourceError} If all are taken, so that the request would wait in silence.
 */
function takePlace(url: string, signal: AbortSignal): void {
  if (places.has(signal)) return;
  // There is always a place for one, and the first look at the environment takes 0.06 ms.
  const most = taken === 0
    ? 1
    : Number(bunEnvironment("BUN_CONFIG_MAX_HTTP_REQUESTS")) || DEFAULT_MAX_REQUESTS;
  if (taken >= most) {
    throw new EventSourceError(
      "network",
      `Cannot connect to ${showUrl(new URL(url))}: Bun makes ${most} requests at a time, and as ` +
        "many sources are open (BUN_CONFIG_MAX_HTTP_REQUESTS raises the limit; " +
        '"@x/eventsource/node" has none)',
    );
  }
  const place: Place = { isFree: false };
  taken++;
  places.set(signal, place);
  signal.addEventListener("abort", () => free(place), { once: true });
  forgotten ??= new FinalizationRegistry(free);
  forgotten.register(signal, place);
}

function free(place: Place | undefined): void {
  if (place === undefined || place.isFree) return;
  taken--;
  place.isFree = true;
}

function bunEnvironment(name: string): string | undefined {
  return bun().env[name];
}

/** Its global: the types of this module are the web's, which lack it. */
function bun(): { version: string; env: Record<string, string | undefined> } {
  return (globalThis as unknown as { Bun: ReturnType<typeof bun> }).Bun;
}
