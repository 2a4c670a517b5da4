/**
 * What to do about a failure.
 *
 * @module
 */

import type { EventSourceError } from "../failure.ts";
import type { Arguments } from "./arguments.ts";
import { TLS_FLAGS } from "./permissions.ts";
import { isSecret } from "./secrets.ts";

/** Whether it is about a certificate, as far as the words of the runtimes tell. */
export function isAboutCertificate({ reason, message }: EventSourceError): boolean {
  return reason === "network" &&
    /certificate|self.signed|UnknownIssuer|NotValidForName/i.test(message);
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
  if (isAboutCertificate(error)) return adviseOnCertificate(message, args.insecure && hasStrayed);
  switch (reason) {
    case "status": {
      const advice = adviseOnStatus(status, args, hasStrayed);
      return args.verbose ? advice : `${advice}; -v shows the response`;
    }
    case "content-type": {
      const advice = "check that the URL is the one of an event stream";
      return args.verbose ? advice : `${advice}; -v shows the response`;
    }
    case "closed":
      return "check the server, or allow more retries with --max-attempts";
    case "idle":
      return "check the server, or allow more silence with --idle-timeout";
    case "limit":
      return "check that this is an event stream";
    case "network":
    case "request":
      if (!/ proxy /.test(message)) return "check the URL, and that its server can be reached";
      return / status 407|\(status 407\)|proxy authentication required/.test(message)
        ? adviseOnProxyCredentials(args)
        : "check --proxy, or the proxy that the environment names";
  }
}

function adviseOnCertificate(message: string, isLeftBehind: boolean): string {
  if (isLeftBehind) {
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
  const hasSome = headers.some(([name]) => isForProxy(name)) ||
    proxy !== false && URL.canParse(proxy) && new URL(proxy).username !== "";
  return hasSome
    ? "the proxy's credentials were refused, so check those in --proxy"
    : "give the proxy's credentials, as in --proxy http://user:password@host:port";
}

function isForProxy(name: string): boolean {
  return name.toLowerCase() === "proxy-authorization";
}
