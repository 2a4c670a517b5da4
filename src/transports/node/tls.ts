/**
 * TLS options for node:https. Those that Deno's version ignores (seen on 2.9) are refused.
 *
 * @module
 */

import process from "node:process";
import type * as tls from "node:tls";
import { check, checkType, kindOf, misuse } from "../../check.ts";
import type { HttpsOptions } from "../transport.ts";
import { builtin } from "./builtin.ts";

/** The options that Deno's node:https ignores, although they change what is verified or accepted. */
const UNKNOWN_TO_DENO = ["ciphers", "crl", "ecdhCurve", "secureOptions", "sigalgs"];

/** With the wrong type, these would fail each attempt, or throw where nothing catches it. */
const TYPES: Readonly<Record<"a boolean" | "a function" | "a number" | "a string", string>> = {
  "a boolean": "allowPartialTrustChain autoSelectFamily enableTrace honorCipherOrder " +
    "insecureHTTPParser requestOCSP",
  "a function": "checkServerIdentity lookup pskCallback",
  "a number": "autoSelectFamilyAttemptTimeout family hints localPort maxHeaderSize minDHSize " +
    "secureOptions",
  "a string": "ciphers clientCertEngine ecdhCurve localAddress maxVersion minVersion passphrase " +
    "privateKeyEngine privateKeyIdentifier secureProtocol servername sessionIdContext sigalgs",
};

/**
 * The TLS options, made safe for node:tls.
 *
 * @throws {TypeError} If node:tls would ignore them, or cannot use them.
 */
export function checkTlsOptions(options: HttpsOptions): HttpsOptions {
  const ignored = UNKNOWN_TO_DENO.find((name) => name in options);
  if (ignored !== undefined && "deno" in process.versions) {
    throw misuse(`Deno's node:https cannot honour https.${ignored}`);
  }
  for (const [type, names] of Object.entries(TYPES)) {
    for (const name of names.split(" ") as (keyof HttpsOptions)[]) {
      checkType(`https.${name}`, options[name], type as keyof typeof TYPES);
    }
  }
  const { ALPNProtocols: protocols } = options;
  check(
    protocols === undefined || isProtocols(protocols),
    "https.ALPNProtocols must be an array of names, each of 1 to 255 bytes",
    Array.isArray(protocols) ? "another array" : kindOf(protocols),
  );
  if (Object.keys(options).length > 0) checkContext(options);
  const { checkServerIdentity } = options;
  if (checkServerIdentity === undefined) return options;
  return Object.assign(Object.create(null), options, {
    // An exception inside node:tls would end the process, or count as consent.
    checkServerIdentity(host: string, certificate: tls.PeerCertificate): Error | undefined {
      try {
        const problem: unknown = checkServerIdentity(host, certificate);
        if (!(problem instanceof Promise)) return problem as Error | undefined;
        problem.catch(() => {});
        return new Error("checkServerIdentity must answer at once, not by a promise");
      } catch (error) {
        return error instanceof Error ? error : new Error(String(error));
      }
    },
  });
}

/** Others throw when they connect; Node.js 20 aborts the process for an empty name. */
function isProtocols(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((name) => {
    const { length } = new TextEncoder().encode(typeof name === "string" ? name : "");
    return length > 0 && length < 256;
  });
}

/** A key that does not fit would fail each attempt, and be retried for ever. */
function checkContext(options: HttpsOptions): void {
  try {
    builtin("node:tls").createSecureContext(options as tls.SecureContextOptions);
  } catch (error) {
    // Some messages end with the value.
    const why = error instanceof Error ? error.message.replace(/\.? Received .*$/s, "") : "";
    throw misuse(`https cannot be used: ${why}`);
  }
}
