// TLS servers on Node.js, with certificates made for the run: a valid one, an expired one, one for
// another name, one of an unknown CA, that CA's own, as `openssl req -x509` makes it, one that asks clients for a certificate, and one of HTTP/2, with relays in front of it;
// and a proxy on TLS (npm's "proxy").
// Its argument is where to write the certificate of the CA to trust.
import "reflect-metadata";
import { writeFileSync } from "node:fs";
import { createServer } from "node:https";
import * as x509 from "@peculiar/x509";
import { startHttp2 } from "./http2.mjs";
import { createProxy } from "proxy";

// The proxy leaves it to nobody that a connection is cut.
process.on("uncaughtException", () => {});

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY = 24 * 60 * 60 * 1000;
let serial = 1;

const known = await makeCa("known");
const unknown = await makeCa("unknown");
const selfSigned = await makeCa("self-signed", ["127.0.0.1"]);
writeFileSync(process.argv[2], known.certificate.toString("pem"));

const urls = {
  valid: await serve(known, { names: ["127.0.0.1"], until: DAY }),
  expired: await serve(known, { names: ["127.0.0.1"], until: -DAY }),
  wrongName: await serve(known, { names: ["192.0.2.1"], until: DAY }),
  unknownCa: await serve(unknown, { names: ["127.0.0.1"], until: DAY }),
  clientCertificate: await serve(known, { names: ["127.0.0.1"], until: DAY, asksClients: true }),
  optionalCertificate: await serve(known, {
    names: ["127.0.0.1"],
    until: DAY,
    asksClients: true,
    isOptional: true,
  }),
  selfSigned: await listen({
    cert: selfSigned.certificate.toString("pem"),
    key: await exportKey(selfSigned.keys),
  }),
};
const client = await issue(known, { names: ["127.0.0.1"], until: DAY });
const http2 = await startHttp2(await issue(known, { names: ["127.0.0.1"], until: DAY }));
console.log(JSON.stringify({
  urls,
  ca: known.certificate.toString("pem"),
  unknownCa: unknown.certificate.toString("pem"),
  selfSigned: selfSigned.certificate.toString("pem"),
  client,
  http2,
  proxy: await serveProxy(known),
}));

/** With names it is good for a server too, where a CA's own certificate may be that. */
async function makeCa(name, names) {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: String(serial++).padStart(2, "0"),
    name: `CN=${name} test CA`,
    notBefore: new Date(Date.now() - 30 * DAY),
    notAfter: new Date(Date.now() + 30 * DAY),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      names === undefined
        ? new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)
        : alternativeNames(names),
    ],
  });
  return { keys, certificate };
}

async function issue(ca, { names, until }) {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: String(serial++).padStart(2, "0"),
    subject: "CN=test server",
    issuer: ca.certificate.subject,
    notBefore: new Date(Date.now() - 20 * DAY),
    notAfter: new Date(Date.now() + until),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: ca.keys.privateKey,
    extensions: [
      alternativeNames(names),
      // For servers, and for clients.
      new x509.ExtendedKeyUsageExtension(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]),
    ],
  });
  return { key: await exportKey(keys), cert: certificate.toString("pem") };
}

/** A proxy that speaks TLS, and wants credentials. */
async function serveProxy(ca) {
  const server = createProxy(
    createServer(await issue(ca, { names: ["127.0.0.1"], until: DAY })),
  );
  const expected = `Basic ${Buffer.from("us3r:p@ss").toString("base64")}`;
  server.authenticate = (request) => request.headers["proxy-authorization"] === expected;
  server.on("tlsClientError", () => {});
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${server.address().port}`;
}

function alternativeNames(names) {
  return new x509.SubjectAlternativeNameExtension(names.map((value) => ({ type: "ip", value })));
}

async function exportKey({ privateKey }) {
  return x509.PemConverter.encode(
    await crypto.subtle.exportKey("pkcs8", privateKey),
    "PRIVATE KEY",
  );
}

async function serve(ca, { asksClients = false, isOptional = false, ...wanted }) {
  return await listen({
    ...await issue(ca, wanted),
    rejectUnauthorized: !isOptional,
    ...(asksClients ? { requestCert: true, ca: known.certificate.toString("pem") } : {}),
  });
}

async function listen(options) {
  const connections = new Map();
  const { requestCert: asksClients = false } = options;
  const server = createServer(options, (request, response) => {
    const { searchParams } = new URL(request.url, "https://localhost");
    const location = searchParams.get("location");
    if (location !== null) return response.writeHead(307, { Location: location }).end();
    const name = request.socket.getPeerCertificate().subject?.CN ?? "nobody";
    const session = request.socket.isSessionReused() ? "resumed" : "new";
    // The connections so far, to tell those that are kept.
    const sockets = (connections.get(request.url) ?? new Set()).add(request.socket);
    connections.set(request.url, sockets);
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    if (searchParams.has("session")) return response.end(`data: ${session}\n\n`);
    if (searchParams.has("sockets")) return response.end(`data: ${sockets.size}\n\n`);
    const credentials = request.headers["proxy-authorization"] ?? "none";
    if (searchParams.has("credentials")) return response.end(`data: ${credentials}\n\n`);
    response.write(`data: ${asksClients ? name : "secure"}\n\n`);
  });
  server.on("tlsClientError", () => {});
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `https://127.0.0.1:${server.address().port}/`;
}
