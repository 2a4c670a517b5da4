/**
 * What Bun's `fetch` can besides: TLS options and a proxy, as members of its init. By itself it
 *
 * - sends a GET or PUT once more when a kept connection closes without an answer;
 * - makes 256 requests at a time, and has the rest wait in silence.
 *
 * @module
 */

import { EventSourceError } from "../errors.ts";
import { showOrigin, showUrl } from "../shown.ts";
import { checkCoding } from "./content_encoding.ts";
import { extend, type RuntimeFetch } from "./fetch.ts";
import { environmentProxy, parseHttpProxy, throughProxy } from "./proxy.ts";
import { parseHttps, withoutIdentity } from "./tls.ts";
import { cannotSend, refusal, type TransportInit } from "./transport.ts";

const NAME = "Bun's fetch";

/** The content encodings that it undoes. */
const DECODES: readonly string[] = ["gzip", "x-gzip", "br", "deflate", "zstd"];

/** Unless the environment variable BUN_CONFIG_MAX_HTTP_REQUESTS says otherwise. */
const DEFAULT_MAX_REQUESTS = 256;

/** What of node:https it ignores. */
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

/**
 * Bun's fetch for `init`; `undefined` on other runtimes.
 *
 * @throws {TypeError} If something is asked for that it cannot honour.
 */
export function bunFetch(init: TransportInit): RuntimeFetch | undefined {
  if (!("Bun" in globalThis)) return undefined;
  const https = parseHttps(init.https);
  const proxy = parseHttpProxy(init.proxy, NAME);
  const wrong = UNKNOWN.find((member) => member in https);
  if (wrong !== undefined) throw refusal(`https.${wrong}`, NAME);
  // Bun would apply these options to the proxy as well, which gets credentials and the identity.
  const personal = Object.keys(https).find((member) => !(member in withoutIdentity(https)));
  const sharedWith = (via: URL | false | undefined): string | undefined =>
    via && via.protocol === "https:" && personal
      ? `https.${personal} with an https: proxy`
      : undefined;
  const shared = sharedWith(proxy);
  if (shared !== undefined) throw refusal(shared, NAME);
  const extension = {
    // One request on a connection of its own is not repeated.
    keepalive: false,
    // Bun ends a response that is silent for minutes, unless it is told not to.
    timeout: false,
  };
  const hasTls = Object.keys(https).length > 0;
  return {
    decode(response) {
      checkCoding(response, DECODES);
      return response;
    },
    proxy: proxy ? showOrigin(proxy) : undefined,
    fetch(url, request, sameOrigin) {
      checkMethod(url, request.method);
      takePlace(url, request.signal);
      // Its own reading of the environment differs.
      const via = init.proxy === "env" ? environmentProxy(url, bunEnvironment, NAME) : proxy;
      const refused = sharedWith(via);
      if (refused !== undefined) throw cannotSend(url, `${NAME} cannot honour ${refused}`);
      const tls = hasTls ? { tls: sameOrigin ? https : withoutIdentity(https) } : {};
      const route = via === undefined ? {} : { proxy: via && via.href };
      return throughProxy(via, url, fetch(url, extend(request, extension, route, tls)));
    },
  };
}

/** Bun sends GET in the place of a method that it does not know in any case of letters. */
function checkMethod(url: string, method: string): void {
  if (new Request("http://localhost", { method }).method === method.toUpperCase()) return;
  throw cannotSend(url, `${NAME} cannot send the method ${JSON.stringify(method)}`);
}

/** How many attempts are under way, and which those are. */
let taken = 0;
const takers = new WeakSet<AbortSignal>();

/** Frees the places of attempts that nobody ends: a listener has taken the rejected response. */
let forgotten: FinalizationRegistry<Place> | undefined;

interface Place {
  isFree: boolean;
}

/**
 * Takes one of the places that Bun has, for an attempt with all its hops: each follows the end of
 * the one before.
 *
 * @throws {EventSourceError} If there is none, and the request would wait in silence.
 */
function takePlace(url: string, signal: AbortSignal): void {
  if (takers.has(signal)) return;
  const most = Number(bunEnvironment("BUN_CONFIG_MAX_HTTP_REQUESTS")) || DEFAULT_MAX_REQUESTS;
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
  takers.add(signal);
  signal.addEventListener("abort", () => free(place), { once: true });
  forgotten ??= new FinalizationRegistry(free);
  forgotten.register(signal, place);
}

function free(place: Place): void {
  if (!place.isFree) taken--;
  place.isFree = true;
}

function bunEnvironment(name: string): string | undefined {
  const { Bun } = globalThis as unknown as { Bun: { env: Record<string, string | undefined> } };
  return Bun.env[name];
}
