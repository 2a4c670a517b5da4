/**
 * Advice about a failure, by its reason, its status and the code of its cause. Without a code, as from
 * Deno's fetch, the message must suffice.
 *
 * @module
 */

import type { EventSourceError } from "../../mod.ts";
import type { Arguments } from "./arguments.ts";
import { deno } from "./output.ts";

const IF_TLS = "if the server speaks TLS, give the URL with https:";

/** Advice by the codes of node:tls and node:http. */
const ON_CODES: readonly (readonly [RegExp, (args: Arguments) => string])[] = [
  [/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/, () => "check the clock, or use --insecure"],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, () => "check the host, or use --insecure"],
  [/^(CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_(GET_ISSUER|VERIFY)|INVALID_CA)/, adviseOnCa],
  [/CERTIFICATE_REQUIRED$/, () => "this command cannot send a client certificate"],
  [/^(HPE_|ECONNRESET$)/, ({ url }) => /^https/i.test(url) ? "" : IF_TLS],
];

/** Whether, on Deno, only node:https can honour the options. */
export function needsNode({ insecure, proxy, url }: Arguments): boolean {
  const isSecure = /^https:/i.test(url);
  // The credentials for a proxy of http: would reach the server too.
  return isSecure && (insecure || /^http:.*@/is.test(`${proxy}`)) ||
    proxy === false || /^socks/i.test(`${proxy}`);
}

/** The advice, as parts of a sentence; empty if the message says enough. */
export function advise(
  { reason, status, cause }: EventSourceError,
  args: Arguments,
  hasCredentials: boolean,
  isFirst: boolean,
): string {
  const advice: string[] = [];
  if (reason === "status" && (status === 401 || status === 403)) {
    // Some proxies answer so, too.
    if (args.proxy) advice.push("check the credentials for the server, and those in --proxy");
    else if (!hasCredentials) advice.push("give credentials with -H 'Authorization: ...'");
  } else if (reason === "status" && status === 407) {
    advice.push("give credentials as in --proxy http://user:password@host:port");
  } else if (reason === "closed") {
    advice.push("--max-retries allows more");
  } else if (reason === "unsupported" && deno !== undefined && needsNode(args)) {
    advice.push("Deno needs -E -S for this");
  } else if (reason === "network" || reason === "idle") {
    const code = codeOf(cause);
    advice.push(ON_CODES.find(([pattern]) => pattern.test(code))?.[1](args) ?? "");
    if (args.proxy) advice.push("check --proxy, its user and password included");
    if (isFirst && !args.retriesConnect) advice.push("--retry-connect keeps trying");
  }
  return advice.filter((part) => part !== "").join("; ");
}

/** The first code among an error and its causes. */
function codeOf(cause: unknown): string {
  for (let error = cause; error instanceof Error; error = error.cause) {
    if ("code" in error && typeof error.code === "string") return error.code;
  }
  return "";
}

function adviseOnCa({ caFile, insecure, proxy }: Arguments): string {
  if (insecure) return "--insecure is for the origin of the URL: give the one that it redirects to";
  const advice = caFile === undefined
    ? "trust its CA with --cacert FILE, or use --insecure"
    : `${caFile} does not hold its CA; --insecure does without`;
  return advice + (/^https:/i.test(`${proxy}`) ? "; for the proxy's, set NODE_EXTRA_CA_CERTS" : "");
}
