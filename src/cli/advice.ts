/**
 * What to do about a failure.
 *
 * @module
 */

import type { EventSourceError } from "../errors.ts";
import type { Arguments } from "./arguments.ts";
import { TLS_FLAGS } from "./permissions.ts";
import { isSecret } from "./secrets.ts";

/** The words of the runtimes for a certificate that is refused, or wanted. */
const CERTIFICATE = /certificate|self.signed|UnknownIssuer|NotValidForName/i;

/** Their words for a server that does not speak TLS. */
const NO_TLS = /wrong.version.number|InvalidContentType/i;

/** Their words for a server that answers in something else than HTTP, as some do who speak TLS. */
const NO_HTTP = /invalid HTTP version parsed|unexpected message from connection|Expected HTTP\//;

/**
 * Their words for a server that answers nothing, as the others do who speak TLS; or one that fails.
 */
const NO_ANSWER = /connection closed before message completed|socket hang up/;

/** How a failure of a request without TLS begins. */
const TO_HTTP = /^Cannot connect to http:/;

/** Deno's words for an authority's certificate that is shown as a server's. */
const AUTHORITY_AS_SERVER = /CaUsedAsEndEntity/;

/** Fetch's words for a port that is some other protocol's. */
const BLOCKED_PORT = /Requests to port \d+ are blocked/;

/** Their words, and those of the libraries, for a proxy that wants other credentials. */
const PROXY_CREDENTIALS =
  /CONNECT with status 407|\(status 407\)|proxy authentication required|Socks5 Authentication failed|no accepted authentication type/;

/** What to try where a server that speaks TLS may be asked without. */
export const TLS_HINT = "if it speaks TLS, give it with https:";

/** Whether it is about which protocol is spoken, by which no other attempt fares better. */
export function isAboutProtocol({ reason, message }: EventSourceError): boolean {
  return reason === "network" &&
    [CERTIFICATE, NO_TLS, NO_HTTP, BLOCKED_PORT].some((words) => words.test(message));
}

/** Whether it may be about that, or about a server that is not there for a moment. */
export function mayWantTls({ reason, message }: EventSourceError): boolean {
  return reason === "network" && NO_ANSWER.test(message) &&
    TO_HTTP.test(message) && !/ proxy /.test(message);
}

/** Whether a permission of Deno's is missing; its message says which. */
export function isAboutPermission({ cause }: EventSourceError): boolean {
  return cause instanceof Error && cause.name === "NotCapable";
}

/**
 * What to do, for the end of a sentence.
 *
 * @param hasStrayed Whether a redirect had led to another origin.
 */
export function advise(error: EventSourceError, args: Arguments, hasStrayed: boolean): string {
  const { reason, message, status = 0 } = error;
  if (isAboutPermission(error)) {
    return / net /.test(message)
      ? "give Deno that permission"
      : `run it with ${TLS_FLAGS} besides -N`;
  }
  if (isAboutProtocol(error)) return adviseOnProtocol(message, args, hasStrayed);
  const hint = args.verbose ? "" : "; -v shows the response";
  switch (reason) {
    case "status":
      return adviseOnStatus(status, args, hasStrayed) + hint;
    case "content-type":
      return `check that the URL is the one of an event stream${hint}`;
    case "closed":
      return "check the server, or allow more retries with --max-attempts";
    case "idle":
      return "check the server, or allow more silence with --idle-timeout";
    case "limit":
      return "check that this is an event stream; there is no option for more";
    case "network":
    case "request":
    case "unsupported":
      if (mayWantTls(error)) return `check the URL: ${TLS_HINT}`;
      if (!/ proxy /.test(message)) return "check the URL, and that its server can be reached";
      return PROXY_CREDENTIALS.test(message)
        ? adviseOnProxyCredentials(args)
        : "check --proxy, or the proxy that the environment names";
  }
}

function adviseOnProtocol(message: string, args: Arguments, hasStrayed: boolean): string {
  if (BLOCKED_PORT.test(message)) return "serve the stream at another port, or run this with npx";
  const throughProxy = / proxy /.test(message);
  if (NO_TLS.test(message)) {
    return throughProxy
      ? "check which of the proxy and the URL does not speak TLS, and give that with http:"
      : "it does not speak TLS, so give the URL with http:";
  }
  if (NO_HTTP.test(message)) {
    if (throughProxy) {
      return "check the ports of the proxy and the URL, and which speaks TLS: give that with https:";
    }
    return TO_HTTP.test(message)
      ? "it does not speak HTTP, so give the URL with https:, or check its port"
      : "it does not speak HTTP, so check the port of the URL";
  }
  return adviseOnCertificate(message, args, hasStrayed);
}

function adviseOnCertificate(
  message: string,
  { insecure, caFile }: Arguments,
  hasStrayed: boolean,
): string {
  if (/certificate.?required/i.test(message)) {
    return "it asks for a certificate of yours, which this command cannot give";
  }
  if (insecure && hasStrayed) {
    return "give the URL that it redirects to: --insecure is for the origin of the URL alone";
  }
  if (/expired|not yet valid/i.test(message)) {
    return "check the clock, and how long the certificate is valid, or give --insecure";
  }
  if (/altnames|NotValidForName|not valid for name/i.test(message)) {
    return "check the host of the URL, or give --insecure";
  }
  if (AUTHORITY_AS_SERVER.test(message)) {
    return "its certificate is an authority's own, which Deno refuses for a server: sign one for " +
      `the server with it, or run this with npx${caFile === undefined ? " and --cacert FILE" : ""}`;
  }
  return caFile === undefined
    ? "trust its authority with --cacert FILE, or give --insecure"
    : `no authority in ${caFile} has signed it, so check whose it is, or give --insecure`;
}

function adviseOnStatus(status: number, args: Arguments, hasStrayed: boolean): string {
  switch (status) {
    case 401:
    case 403:
      if (!hasCredentials(args)) return "give credentials with -H 'Authorization: ...' or --cookie";
      return hasStrayed
        ? "give the URL that it redirects to: what is secret stays with the origin of the URL"
        : "the given credentials were refused, so check them";
    case 404:
    case 410:
      return "check the path of the URL";
    case 405:
      return "give the method that it takes with -X, or a body with -d";
    case 407:
      return adviseOnProxyCredentials(args);
    default:
      return status === 429 || status >= 500 ? "try again later" : "check the request";
  }
}

function hasCredentials({ url, headers }: Arguments): boolean {
  return new URL(url).username !== "" ||
    headers.some(([name]) => isSecret(name) && !isForProxy(name));
}

function adviseOnProxyCredentials({ headers, proxy }: Arguments): string {
  const url = proxy !== false && proxy !== "env" ? new URL(proxy) : undefined;
  if (headers.some(([name]) => isForProxy(name)) || url !== undefined && url.username !== "") {
    return "the proxy's credentials were refused, so check them";
  }
  const scheme = url?.protocol ?? "http:";
  return `give the proxy's credentials, as in --proxy ${scheme}//user:password@host:port`;
}

function isForProxy(name: string): boolean {
  return name.toLowerCase() === "proxy-authorization";
}
