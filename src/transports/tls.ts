/**
 * TLS options, for the runtimes whose transports take any.
 *
 * @module
 */

import { check, checkType, isObject, kindOf, misuse } from "../check.ts";
import type { HttpsOptions } from "./transport.ts";

/** What of the options says nothing of the client, and does not let anybody off. */
const IMPERSONAL = [
  "ALPNProtocols",
  "ca",
  "ciphers",
  "crl",
  "ecdhCurve",
  "family",
  "localAddress",
  "lookup",
  "maxVersion",
  "minDHSize",
  "minVersion",
  "sigalgs",
];

/**
 * The options that are there, checked for what a runtime would ignore, or fail by at each attempt.
 *
 * @throws {TypeError} If one is of the wrong type. The message names it.
 */
export function parseHttps(given: HttpsOptions = {}): HttpsOptions {
  const https: HttpsOptions = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  const { rejectUnauthorized, cert, key } = https;
  checkType("https.rejectUnauthorized", rejectUnauthorized, "a boolean");
  for (const name of ["ca", "cert", "key"]) {
    const value = https[name];
    const got = typeof value === "string" ? "other text" : kindOf(value);
    check(value === undefined || isPem(value), `https.${name} must be PEM, not its path`, got);
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw misuse("https.cert and https.key go together");
  }
  return https;
}

/** Text in PEM, or its bytes; what else a runtime takes (files, keys with passphrases) passes. */
function isPem(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isPem);
  const text = value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
  return typeof text === "string" ? text.includes("-----BEGIN ") : isObject(text);
}

/** The options for an origin that the user did not name. */
export function withoutIdentity(options: HttpsOptions): HttpsOptions {
  const kept = Object.entries(options).filter(([name, value]) =>
    IMPERSONAL.includes(name) ||
    // Said explicitly, it is there to win over an environment that lets everybody off.
    name === "rejectUnauthorized" && value === true
  );
  return Object.fromEntries(kept);
}
