/**
 * TLS options, for the runtimes whose transports take any.
 *
 * @module
 */

import { check, checkMembers, checkType, isObject, kindOf, misuse } from "../check.ts";
import type { HttpsOptions } from "./transport.ts";

/** What an option is about, by which it holds for other origins, and without TLS. */
type Concern =
  /** The connection: on every hop, for `http:` URLs too. */
  | "connection"
  /** What is accepted of servers, no less than without it: on every hop. */
  | "server"
  /** Who the client is, or what it lets pass: on the source's own origin. */
  | "identity";

const CONCERNS: Readonly<Record<keyof HttpsOptions, Concern>> = {
  ALPNProtocols: "server",
  agent: "identity",
  allowPartialTrustChain: "identity",
  autoSelectFamily: "connection",
  autoSelectFamilyAttemptTimeout: "connection",
  ca: "server",
  cert: "identity",
  checkServerIdentity: "identity",
  ciphers: "server",
  clientCertEngine: "identity",
  crl: "server",
  dhparam: "identity",
  ecdhCurve: "server",
  enableTrace: "identity",
  family: "connection",
  hints: "connection",
  honorCipherOrder: "identity",
  insecureHTTPParser: "connection",
  key: "identity",
  localAddress: "connection",
  localPort: "connection",
  lookup: "connection",
  maxHeaderSize: "connection",
  maxVersion: "server",
  minDHSize: "server",
  minVersion: "server",
  passphrase: "identity",
  pfx: "identity",
  privateKeyEngine: "identity",
  privateKeyIdentifier: "identity",
  pskCallback: "identity",
  rejectUnauthorized: "identity",
  requestOCSP: "server",
  secureContext: "identity",
  secureOptions: "identity",
  secureProtocol: "identity",
  servername: "identity",
  session: "identity",
  sessionIdContext: "identity",
  sigalgs: "server",
};

/**
 * The options that are there, checked for what a runtime would ignore, or fail by at each attempt.
 *
 * @throws {TypeError} If one is of the wrong type. The message names it.
 */
export function parseHttps(given: HttpsOptions = {}): HttpsOptions {
  const https = bare(Object.entries(given).filter(([, value]) => value !== undefined));
  checkMembers("https", https, Object.keys(CONCERNS));
  const { rejectUnauthorized, cert, key } = https;
  checkType("https.rejectUnauthorized", rejectUnauthorized, "a boolean");
  for (const name of ["ca", "cert", "key"] as const) {
    const values: unknown[] = https[name] === undefined ? [] : [https[name]].flat();
    for (const value of values) {
      const got = typeof value === "string"
        ? "other text: read the file, if it is a path"
        : value instanceof Uint8Array
        ? "other bytes"
        : kindOf(value);
      check(isPem(value), `https.${name} must be PEM ("-----BEGIN ...")`, got);
    }
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw misuse("https.cert and https.key go together");
  }
  return https;
}

/** Text in PEM, or its bytes; what else a runtime takes (files, keys with passphrases) passes. */
function isPem(value: unknown): boolean {
  const text = value instanceof Uint8Array ? new TextDecoder().decode(value) : value;
  return typeof text === "string" ? text.includes("-----BEGIN ") : isObject(text);
}

/** The options for an origin that the user did not name. */
export function withoutIdentity(options: HttpsOptions): HttpsOptions {
  return only(options, ([name, value]) =>
    concernOf(name) !== "identity" ||
    // Said explicitly, it is there to win over an environment that lets everybody off.
    name === "rejectUnauthorized" && value === true);
}

/** The options that are about a connection, with TLS or without. */
export function aboutConnection(options: HttpsOptions): HttpsOptions {
  return only(options, ([name]) => concernOf(name) === "connection");
}

function concernOf(name: string): Concern {
  return CONCERNS[name as keyof HttpsOptions];
}

function only(options: HttpsOptions, isKept: (entry: [string, unknown]) => boolean): HttpsOptions {
  return bare(Object.entries(options).filter(isKept));
}

/** An object that inherits nothing: what others put on Object.prototype is no option. */
function bare(entries: readonly (readonly [string, unknown])[]): HttpsOptions {
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/** The codes of node:tls for a certificate of a CA that is not trusted. */
const UNTRUSTED =
  /^(CERT_UNTRUSTED|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/;

/** Its codes for one that is refused for something else. */
const REFUSED = /^(CERT_|ERR_TLS_CERT_|CRL_)/;

/** Deno's words for either. They end its messages, behind a URL, which holds no space. */
const DENO_REFUSED = /invalid peer certificate: (.*)$/s;

/** The words of OpenSSL, BoringSSL and rustls for what answers in another protocol. */
const NO_TLS = /wrong.version.number|packet.length.too.long|InvalidContentType\b/i;

/** And for a server that asks for a certificate. */
const ASKS_CLIENTS = /alert.certificate.required|CertificateRequired$/i;

/** What OpenSSL says otherwise: its reason stands between places in its source. */
const OPENSSL = /SSL routines:[^:]*:([^:]+)/;

/** Whose certificate may have been met. */
export type Peer = "the server" | "the proxy" | "the server or the proxy";

/** What has failed about TLS, with what helps; `undefined` if it was something else. */
export function explainTls(thrown: unknown, peer: Peer): string | undefined {
  const isServer = peer === "the server";
  for (let error = thrown, depth = 0; error instanceof Error && depth < 4; depth++) {
    const { message, cause } = error;
    const code = "code" in error ? String(error.code) : "";
    const [, refused = REFUSED.test(code) ? message : undefined] = DENO_REFUSED.exec(message) ?? [];
    if (UNTRUSTED.test(code) || refused === "UnknownIssuer") {
      const why = refused ?? message.replace(/;.*/s, "");
      return `the certificate of ${peer} is of no CA that is trusted here (${why})` +
        (isServer ? ": give its CA as https: { ca }" : "");
    }
    if (refused !== undefined) return `the certificate of ${peer} is refused: ${refused}`;
    if (NO_TLS.test(message)) {
      return `${peer} does not speak TLS (wrong version number): use http: in its URL`;
    }
    if (ASKS_CLIENTS.test(message)) {
      return `${peer} asks for a client certificate (certificate required)` +
        (isServer ? ": give https: { cert, key }" : "");
    }
    const [, reason] = OPENSSL.exec(message) ?? [];
    if (reason !== undefined) return `TLS with ${peer} failed: ${reason}`;
    error = cause;
  }
  return undefined;
}
