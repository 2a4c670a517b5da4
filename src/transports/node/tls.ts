/**
 * TLS options for node:https, of which Deno's version ignores some (seen on 2.9): these are refused.
 *
 * @module
 */

import { isIP } from "node:net";
import process from "node:process";
import * as tls from "node:tls";
import { misuse } from "../../check.ts";
import type { HttpsOptions } from "../transport.ts";

/** What of node:https's options is about the request itself, which is not for them to say. */
const REQUEST_MEMBERS = [
  "auth",
  "createConnection",
  "headers",
  "host",
  "hostname",
  "method",
  "path",
  "port",
  "protocol",
  "setHost",
  "signal",
  "socket",
  "socketPath",
  "timeout",
];

/** What Deno's node:https ignores: less would be verified, or accepted, than the user believes. */
const UNKNOWN_TO_DENO = ["ciphers", "crl", "ecdhCurve", "secureOptions", "sigalgs"];

/**
 * The TLS options, made safe for node:tls.
 *
 * @throws {TypeError} If there are others among them, or node:tls cannot use them.
 */
export function checkTlsOptions(options: HttpsOptions): HttpsOptions {
  const wrong = REQUEST_MEMBERS.find((name) => name in options);
  if (wrong !== undefined) {
    throw misuse(`https.${wrong} is no TLS option`);
  }
  const ignored = UNKNOWN_TO_DENO.find((name) => name in options);
  if (ignored !== undefined && "deno" in process.versions) {
    throw misuse(`Deno's node:https cannot honour https.${ignored}`);
  }
  if (Object.keys(options).length > 0) checkContext(options);
  const { agent, checkServerIdentity: check } = options;
  if (agent !== undefined && agent !== false && !isAgent(agent)) {
    throw misuse("https.agent must be an https.Agent");
  }
  if (typeof check !== "function") return options;
  return {
    ...options,
    // Thrown into node:tls, it would end the process, or pass for consent.
    checkServerIdentity(host: string, certificate: tls.PeerCertificate): Error | undefined {
      try {
        const problem: unknown = check(host, certificate);
        if (!(problem instanceof Promise)) return problem as Error | undefined;
        problem.catch(() => {});
        return new Error("checkServerIdentity must answer at once, not by a promise");
      } catch (error) {
        return error instanceof Error ? error : new Error(String(error));
      }
    },
  };
}

/** By shape: agents come from libraries too. */
function isAgent(value: unknown): boolean {
  return typeof value === "object" && value !== null && "addRequest" in value;
}

/** A key that does not fit would otherwise fail each attempt, and be tried again for ever. */
function checkContext(options: HttpsOptions): void {
  try {
    tls.createSecureContext(options as tls.SecureContextOptions);
  } catch (error) {
    // Some messages end with the value that was met.
    const why = error instanceof Error ? error.message.replace(/\.? Received .*$/s, "") : "";
    throw misuse(`https cannot be used: ${why}`);
  }
}

/**
 * TLS options for a tunnel, where the libraries know no name to verify but those that are no IP.
 */
export function tunnelOptions(url: URL, options: HttpsOptions): HttpsOptions {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (!isIP(host) || options.servername) return options;
  const { checkServerIdentity: check = tls.checkServerIdentity } = options;
  return {
    ...options,
    checkServerIdentity: (_: string, certificate: tls.PeerCertificate) =>
      (check as typeof tls.checkServerIdentity)(host, certificate),
  };
}
