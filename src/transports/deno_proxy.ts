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

/**
 * Refuses a request that Deno would send another way than asked, or with credentials for a proxy that
 * the server would get.
 *
 * @throws {EventSourceError} If it would.
 */
export function checkWay(
  url: string,
  via: URL | false | undefined,
  environment: Environment,
): void {
  const target = new URL(url);
  const proxies = via ? [via] : ownProxies(target, environment);
  if (via === false && proxies.length > 0) {
    throw cannotSend(url, `${DENO_FETCH} cannot go past the proxy of the environment; ${NODE} can`);
  }
  if (via && isExemptByDeno(target, environment)) throw bypass(url, via, DENO_FETCH);
  const isTold = target.protocol === "https:" &&
    proxies.some(({ protocol, username, password }) =>
      protocol === "http:" && username + password !== ""
    );
  if (!isTold) return;
  const whose = via ? showOrigin(via) : "of the environment";
  const how = via ? "" : ' with proxy: "env"';
  throw cannotSend(
    url,
    `${DENO_FETCH} would send the credentials for the proxy ${whose} to the server, too; ` +
      `${NODE}${how} does not`,
  );
}

/** The items of `NO_PROXY` that Deno does not know, or compares case-sensitively. */
const NOT_BY_DENO = /[\sA-Z[]|\.$|^[^:]*:\d+$/;

/** The proxies of the environment, of which Deno may take one by itself. */
function ownProxies(url: URL, environment: Environment): URL[] {
  const { protocol } = url;
  if (!/^https?:$/.test(protocol) || isExemptByDeno(url, environment)) return [];
  const isCgi = environment("REQUEST_METHOD") !== undefined;
  const names = protocol === "https:"
    ? ["HTTPS_PROXY", "https_proxy"]
    : isCgi
    ? []
    : ["HTTP_PROXY", "http_proxy"];
  return ["ALL_PROXY", "all_proxy", ...names].flatMap((name) => {
    const named = environment(name);
    return named ? parsedUrl(withScheme(named)) ?? [] : [];
  });
}

/** Whether Deno goes direct because of `NO_PROXY`. */
function isExemptByDeno(url: URL, environment: Environment): boolean {
  const list = environment("NO_PROXY") ?? environment("no_proxy") ?? "";
  const known = list.split(",").map((item) => item.trim())
    .filter((item) => !NOT_BY_DENO.test(item));
  if (url.hostname.endsWith(".")) return false;
  // That one stands for names, not for addresses.
  return known.includes("*") && /[a-z]$/.test(url.hostname) ||
    isExempt(url, known.filter((item) => item !== "*").join(","));
}
