/**
 * What is refused because of what Deno's `fetch` does with proxies by itself: it obeys the environment
 * by rules of its own, and sends the credentials for an `http:` proxy to `https:` servers, too.
 *
 * @module
 */

import { parsedUrl } from "../check.ts";
import { showOrigin } from "../shown.ts";
import { bypass } from "./proxy.ts";
import { type Environment, isExempt, withScheme } from "./proxy_environment.ts";
import { cannotSend } from "./transport.ts";

/** Its name in messages. */
export const DENO_FETCH = "Deno's fetch";

/** What can do more. */
const NODE = '"@x/eventsource/node"';

/** The variables that say which proxy is asked. */
const VARIABLES = [
  "NO_PROXY",
  "no_proxy",
  "HTTPS_PROXY",
  "https_proxy",
  "HTTP_PROXY",
  "http_proxy",
  "ALL_PROXY",
  "all_proxy",
  "REQUEST_METHOD",
];

/** The part of Deno that is about its environment. */
export interface DenoEnvironment {
  readonly env: { get(name: string): string | undefined };
  readonly permissions: {
    querySync(
      descriptor: { name: "env"; variable?: string },
    ): { readonly state: string; readonly partial?: boolean };
  };
}

/** What could be read of an environment. */
export interface KnownEnvironment {
  readonly get: Environment;
  readonly isWhole: boolean;
}

/** Reads what may be read: nobody has asked for it, so nobody is asked to permit it. */
export function knownEnvironment({ env, permissions }: DenoEnvironment): KnownEnvironment {
  // First for all of them: nine questions take a third of a millisecond.
  const { state, partial } = permissions.querySync({ name: "env" });
  const readable = state === "granted" && !partial
    ? VARIABLES
    : VARIABLES.filter((variable) =>
      permissions.querySync({ name: "env", variable }).state === "granted"
    );
  const values = new Map(readable.map((variable) => [variable, env.get(variable)]));
  return { get: (name) => values.get(name), isWhole: readable.length === VARIABLES.length };
}

/**
 * Reads all of it.
 *
 * @throws {Error} If that is not permitted.
 */
export function wholeEnvironment({ env }: DenoEnvironment): Environment {
  const values = new Map(VARIABLES.map((variable) => [variable, env.get(variable)]));
  return (name) => values.get(name);
}

/**
 * Refuses a request that Deno would send another way than asked, or with credentials for a proxy that
 * the server would get.
 *
 * @throws {EventSourceError} If it would, or if that cannot be told.
 */
export function checkWay(
  url: string,
  via: URL | false | undefined,
  { get, isWhole }: KnownEnvironment,
): void {
  const target = new URL(url);
  const isSecure = target.protocol === "https:";
  if (via) {
    const lists = ["NO_PROXY", "no_proxy"].map((name) => get(name) ?? "");
    if (lists.some((list) => list.includes("*") || isExempt(target, list))) {
      throw bypass(url, via, DENO_FETCH);
    }
    // These are a header of ours, which goes to the server if Deno goes past the proxy.
    const isHeader = via.protocol === "https:" && !isSecure && hasCredentials(via);
    if (isHeader && !(isWhole && lists.join("") === "")) {
      throw cannotSend(
        url,
        `${DENO_FETCH} may go past the proxy ${
          showOrigin(via)
        }, and send the credentials for it to ` +
          `the server, unless --allow-env is given and NO_PROXY is not; ${NODE} does not`,
      );
    }
  }
  const proxies = via ? [via] : ownProxies(target, get);
  if (via === false && proxies.length > 0) {
    throw cannotSend(url, `${DENO_FETCH} cannot go past the proxy of the environment; ${NODE} can`);
  }
  if (!isSecure || !proxies.some((proxy) => proxy.protocol === "http:" && hasCredentials(proxy))) {
    return;
  }
  const whose = via ? showOrigin(via) : "of the environment";
  const how = via ? "" : ' with proxy: "env"';
  throw cannotSend(
    url,
    `${DENO_FETCH} would send the credentials for the proxy ${whose} to the server, too; ` +
      `${NODE}${how} does not`,
  );
}

function hasCredentials({ username, password }: URL): boolean {
  return username + password !== "";
}

/** The items of `NO_PROXY` that Deno does not know, or compares case-sensitively. */
const NOT_BY_DENO = /[\sA-Z[]|\.$|^[^:]*:\d+$/;

/** The proxies of the environment, of which Deno may take one by itself. */
function ownProxies(url: URL, environment: Environment): URL[] {
  const { protocol } = url;
  if (!["http:", "https:"].includes(protocol)) return [];
  const isCgi = environment("REQUEST_METHOD") !== undefined;
  const names = protocol === "https:"
    ? ["HTTPS_PROXY", "https_proxy"]
    : isCgi
    ? []
    : ["HTTP_PROXY", "http_proxy"];
  const named = ["ALL_PROXY", "all_proxy", ...names].flatMap((name) => environment(name) || []);
  // Most environments name none: the rules of NO_PROXY take Deno a millisecond the first time.
  if (named.length === 0 || isSurelyExempt(url, environment)) return [];
  return named.flatMap((proxy) => parsedUrl(withScheme(proxy)) ?? []);
}

/** Whether Deno goes direct because of `NO_PROXY`, as far as its rules are known. */
function isSurelyExempt(url: URL, environment: Environment): boolean {
  const list = environment("NO_PROXY") ?? environment("no_proxy") ?? "";
  const known = list.split(",").map((item) => item.trim())
    .filter((item) => !NOT_BY_DENO.test(item));
  if (url.hostname.endsWith(".")) return false;
  // That one stands for names, not for addresses.
  return known.includes("*") && !/^\[|^[\d.]+$/.test(url.hostname) ||
    isExempt(url, known.filter((item) => item !== "*").join(","));
}
