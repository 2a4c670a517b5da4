/**
 * What to do about a failure.
 *
 * @module
 */

import type { EventSourceError } from "../failure.ts";

/** Whether it is about a certificate, as far as the words of the runtimes tell. */
export function isAboutCertificate({ reason, message }: EventSourceError): boolean {
  return reason === "network" &&
    /certificate|self.signed|UnknownIssuer|NotValidForName/i.test(message);
}

/** Whether a permission of Deno's is missing; its message says which. */
export function isAboutPermission({ cause }: EventSourceError): boolean {
  return cause instanceof Error && cause.name === "NotCapable";
}

/** What to do, for the end of a sentence. */
export function advise(error: EventSourceError): string {
  if (isAboutPermission(error)) return "give Deno that permission";
  if (isAboutCertificate(error)) {
    return "trust its authority with --cacert FILE, or give --insecure";
  }
  switch (error.reason) {
    case "status":
      return adviseOnStatus(error.status ?? 0);
    case "content-type":
      return "check that the URL is the one of an event stream";
    case "closed":
      return "check the server, or allow more retries with --max-attempts";
    case "idle":
      return "check the server, or allow more silence with --idle-timeout";
    case "limit":
      return "check that this is an event stream";
    case "network":
    case "request":
      return / proxy /.test(error.message)
        ? "check --proxy, or the proxy that the environment names"
        : "check the URL, and that its server can be reached";
  }
}

function adviseOnStatus(status: number): string {
  switch (status) {
    case 401:
    case 403:
      return "give credentials with -H 'Authorization: ...' or --cookie";
    case 404:
    case 410:
      return "check the path of the URL";
    case 405:
      return "give the method that it takes with -X, or a body with -d";
    case 407:
      return "give the proxy's credentials, as in --proxy http://user:password@host:port";
    default:
      return status === 429 || status >= 500
        ? "try again later"
        : "check the request, with -v for what it is and what the server says";
  }
}
