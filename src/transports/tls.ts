/**
 * TLS options, for the transports that support them.
 *
 * @module
 */

import { bare, check, checkMembers, checkType, isObject, kindOf, misuse } from "../check.ts";
import { withCauses } from "../shown.ts";
import type { HttpsOptions } from "./transport.ts";

/** What an option is about, which decides whether it applies to other origins, and without TLS. */
type Concern =
  /** The connection: on every hop, for `http:` URLs too. */
  | "connection"
  /** Which servers are accepted, more strictly than by default: on every hop. */
  | "server"
  /** Who the client is, or which checks it skips: on the source's own origin. */
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
 * The given options. Refuses values that a runtime would ignore, or that would fail every attempt.
 * `takesPassphrases` is for runtimes that take keys with a passphrase each.
 *
 * @throws {TypeError} If one is of the wrong type. The message names it.
 */
export function parseHttps(given: HttpsOptions = {}, takesPassphrases = false): HttpsOptions {
  const https = only(given, ([, value]) => value !== undefined);
  checkMembers("https", https, Object.keys(CONCERNS));
  const { rejectUnauthorized, cert, key } = https;
  checkType("https.rejectUnauthorized", rejectUnauthorized, "a boolean");
  for (const name of ["ca", "cert", "crl", "dhparam", "key"] as const) {
    const given: unknown = https[name];
    const takesObjects = takesPassphrases && name === "key" && Array.isArray(given);
    const values: unknown[] = given === undefined ? [] : [given].flat();
    for (const value of values) {
      const pem = takesObjects && isObject(value) && "pem" in value ? value.pem : value;
      const got = typeof pem === "string"
        ? "other text: read the file, if it is a path"
        : isBytes(pem)
        ? "other bytes"
        : classOf(pem);
      check(isPem(pem), `https.${name} must be PEM ("-----BEGIN ...")`, got);
    }
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw misuse("https.cert and https.key go together");
  }
  return https;
}

/** Text in PEM, or its bytes. */
function isPem(value: unknown): boolean {
  const text = isBytes(value) ? new TextDecoder().decode(value) : value;
  return typeof text === "string" && text.includes("-----BEGIN ");
}

/** Not by instanceof: Jest runs tests in another realm. */
function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && classOf(value) === "Uint8Array";
}

/** The kind of a value; for an object, that of its class. */
function classOf(value: unknown): string {
  return isObject(value) ? Object.prototype.toString.call(value).slice(8, -1) : kindOf(value);
}

/** The options for another origin. */
export function withoutIdentity(options: HttpsOptions): HttpsOptions {
  return only(options, ([name, value]) =>
    concernOf(name) !== "identity" ||
    // `true` overrides an environment that turns verification off.
    name === "rejectUnauthorized" && value === true);
}

/** The options about connections, with TLS or without. */
export function aboutConnection(options: HttpsOptions): HttpsOptions {
  return only(options, ([name]) => concernOf(name) === "connection");
}

/**
 * None of those that a program has put on Object.prototype, each as a member of its own: node:tls
 * copies options into an object that inherits them. All of them would be 1 KB for each connection.
 */
export function noConnection(): Record<string, undefined> {
  // Without a prototype: an assignment to what another has made read-only there would throw.
  const none = bare<Record<string, undefined>>({});
  for (const name of ["socket", ...Object.keys(CONCERNS)]) {
    const isConnection = name === "socket" || concernOf(name) === "connection";
    if (isConnection && name in Object.prototype) none[name] = undefined;
  }
  return none;
}

function concernOf(name: string): Concern {
  return CONCERNS[name as keyof HttpsOptions];
}

function only(options: HttpsOptions, isKept: (entry: [string, unknown]) => boolean): HttpsOptions {
  return bare(Object.fromEntries(Object.entries(options).filter(isKept)));
}

/** The codes of node:tls for a certificate of an unknown CA. */
const UNTRUSTED =
  /^(CERT_UNTRUSTED|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/;

/** Its codes for a certificate that is refused for another reason. */
const REFUSED = /^(CERT_|ERR_TLS_CERT_|CRL_)/;

/** Deno's words for either, at the end of its messages, after a URL, which holds no space. */
const DENO_REFUSED = /invalid peer certificate: (.*)$/s;

/** The words of OpenSSL, BoringSSL and rustls for an answer in another protocol. */
const NO_TLS = /wrong.version.number|packet.length.too.long|InvalidContentType\b/i;

/** And for a server that asks for a client certificate. */
const ASKS_CLIENTS = /alert.certificate.required|CertificateRequired$/i;

/** Other errors of OpenSSL: the reason stands between places in its source. */
const OPENSSL = /SSL routines:[^:]*:([^:]+)/;

/** Whose certificate may have been met. */
export type Peer = "the server" | "the proxy" | "the server or the proxy";

/** Why TLS failed, with advice; `undefined` if something else failed. */
export function explainTls(thrown: unknown, peer: Peer): string | undefined {
  const isServer = peer === "the server";
  for (const error of withCauses(thrown)) {
    const { message } = error;
    const code = "code" in error ? String(error.code) : "";
    const [, refused = REFUSED.test(code) ? message : undefined] = DENO_REFUSED.exec(message) ?? [];
    if (UNTRUSTED.test(code) || refused === "UnknownIssuer") {
      const why = refused ?? message.replace(/;.*/s, "");
      return `the certificate of ${peer} is not signed by a trusted CA (${why})` +
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
  }
  return undefined;
}
