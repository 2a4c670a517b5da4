// deno run --allow-net --allow-read examples/own_authority.ts <url> <ca.pem>

/**
 * Prints the first event of a feed whose certificate no public authority has signed: one's own
 * authority did, and its certificate is the file.
 *
 * A server that shows an authority's certificate itself, which is what `openssl req -x509` makes,
 * is another matter: Node.js and Bun take it where the file holds it, and Deno's `fetch` does not.
 * There it takes `@x/eventsource/node`, or a certificate that the authority has signed for the
 * server.
 *
 * Verification stays on: on Node.js and Bun this authority alone is trusted, and Deno's `fetch` has
 * the well-known ones besides. To turn it off instead, for a moment, there is
 * `https: { rejectUnauthorized: false }` on Node.js and Bun, and in `@x/eventsource/node` on Deno.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import process from "node:process";
import { EventSource } from "@x/eventsource";

const [url, file] = process.argv.slice(2);
if (url === undefined || file === undefined) {
  console.error("Say what to trust: examples/own_authority.ts <url> <ca.pem>");
  process.exit(2);
}

const source = new EventSource(url, { https: { ca: await readFile(file, "utf8") } });

source.onmessage = ({ data }) => {
  console.log(data);
  source.close();
};

source.onerror = ({ message }) => {
  // It ends with what the runtime said of the certificate.
  console.error(message);
  source.close();
  process.exitCode = 1;
};
