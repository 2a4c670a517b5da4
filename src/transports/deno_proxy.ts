/**
 * What Deno's `fetch` does with proxies, unasked: it obeys its own reading of the environment, and
 * sends the credentials for a proxy to the server.
 *
 * @module
 */

import { parsedUrl } from "../check.ts";
import { showOrigin } from "../shown.ts";
import { type Environment, isExempt, withScheme } from "./proxy_environment.ts";
import { cannotSend } from "./transport.ts";

/** Its name in messages. */
export const DENO_FETCH = "Deno's fetch";

/** What can do more. */
const NODE = '"@x/eventsource/node"';

/**
 * Throws if Deno would go through a proxy of the environment that it is to go past, or send the
 * credentials for a proxy to the server: those for one of `http:` stand in requests to `https:` URLs.
 *
 * @throws {EventSourceError}
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

/** What of `NO_PROXY` Deno knows not, or compares with the letters as they stand. */
const NOT_BY_DENO = /[\sA-Z[]|\.$|^[^:]*:\d+$/;

/** The proxies of the environment, of which Deno may take one by itself. */
function ownProxies(url: URL, environment: Environment): URL[] {
  const { protocol, hostname } = url;
  if (!/^https?:$/.test(protocol)) return [];
  const list = environment("NO_PROXY") ?? environment("no_proxy") ?? "";
  const known = list.split(",").map((item) => item.trim()).filter((item) =>
    // The latter is about names there.
    !NOT_BY_DENO.test(item) && (item !== "*" || /[a-z]$/.test(hostname))
  );
  if (!hostname.endsWith(".") && isExempt(url, known.join(","))) return [];
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
