// deno run --allow-net --allow-read examples/own_ca.ts <url> <ca.pem>

/**
 * Prints the first event of a feed whose certificate your own CA has signed. The file holds the CA's
 * certificate, in PEM.
 *
 * Certificates are still verified. On Node.js and Bun this CA replaces the well-known ones; Deno's
 * `fetch` adds it to them. To skip verification for a moment, use
 * `https: { rejectUnauthorized: false }`, on Deno with `@x/eventsource/node`.
 *
 * Deno's `fetch` refuses a server that presents the CA certificate itself, as made by
 * `openssl req -x509`. Sign a certificate for the server with it, or use `@x/eventsource/node`.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import process from "node:process";
import { EventSource } from "@x/eventsource";

const [url, file] = process.argv.slice(2);
if (url === undefined || file === undefined) {
  console.error("Name a server and a CA: examples/own_ca.ts <url> <ca.pem>");
  process.exit(2);
}

const source = new EventSource(url, { https: { ca: await readFile(file, "utf8") } });

source.onmessage = ({ data }) => {
  console.log(data);
  source.close();
};

source.onerror = ({ message }) => {
  // The message ends with what the runtime said about the certificate.
  console.error(message);
  source.close();
  process.exitCode = 1;
};
