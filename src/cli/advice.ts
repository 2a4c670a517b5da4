/**
 * What to do about a failure.
 *
 * @module
 */

import type { EventSourceError } from "../failure.ts";
import type { Arguments } from "./arguments.ts";
import { TLS_FLAGS } from "./permissions.ts";
import { isSecret } from "./secrets.ts";

/** The words of the runtimes for a certificate that is refused, or wanted. */
const CERTIFICATE = /certificate|self.signed|UnknownIssuer|NotValidForName/i;

/** Their words for a server that does not speak TLS. */
const NO_TLS = /wrong.version.number|InvalidContentType/i;

/** Their words, and those of the libraries, for a proxy that wants other credentials. */
const PROXY_CREDENTIALS =
  /CONNECT with status 407|\(status 407\)|proxy authentication required|Socks5 Authentication failed|no accepted authentication type/;

/** Whether it is about TLS, by which no other attempt fares better. */
export function isAboutTls({ reason, message }: EventSourceError): boolean {
  return reason === "network" && (CERTIFICATE.test(message) || NO_TLS.test(message));
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
  if (isAboutTls(error)) return adviseOnTls(message, args.insecure && hasStrayed);
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
      if (!/ proxy /.test(message)) return "check the URL, and that its server can be reached";
      return PROXY_CREDENTIALS.test(message)
        ? adviseOnProxyCredentials(args)
        : "check --proxy, or the proxy that the environment names";
  }
}

function adviseOnTls(message: string, isLeniencyLost: boolean): string {
  if (NO_TLS.test(message)) {
    return / proxy /.test(message)
      ? "check which of the proxy and the URL does not speak TLS, and give that with http:"
      : "it does not speak TLS, so give the URL with http:";
  }
  if (/certificate.?required/i.test(message)) {
    return "it asks for a certificate of yours, which this command cannot give";
  }
  if (isLeniencyLost) {
    return "give the URL that it redirects to: --insecure is for the origin of the URL alone";
  }
  if (/expired|not yet valid/i.test(message)) {
    return "check the clock, and how long the certificate is valid, or give --insecure";
  }
  if (/altnames|NotValidForName|not valid for name/i.test(message)) {
    return "check the host of the URL, or give --insecure";
  }
  return "trust its authority with --cacert FILE, or give --insecure";
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
