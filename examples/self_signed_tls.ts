// deno run --allow-net --allow-read examples/self_signed_tls.ts <url> <ca.pem>

/**
 * Prints the first event of a feed whose certificate no public authority has signed: one's own
 * authority did.
 *
 * Verification stays on, for this authority alone. To turn it off instead, for a moment, there is
 * `https: { rejectUnauthorized: false }` on Node.js and Bun, and in `@x/eventsource/node` on Deno.
 *
 * @module
 */

import { readFile } from "node:fs/promises";
import process from "node:process";
import { EventSource } from "@x/eventsource";

const [url, file] = process.argv.slice(2);
if (url === undefined || file === undefined) {
  console.error("Say what to trust: examples/self_signed_tls.ts <url> <ca.pem>");
  process.exit(2);
}

const source = new EventSource(url, { https: { ca: await readFile(file, "utf8") } });

source.onmessage = ({ data }) => {
  console.log(data);
  source.close();
};

source.onerror = ({ message, error }) => {
  console.error(message);
  // What the runtime said of the certificate.
  if (error?.cause instanceof Error) console.error(error.cause.message);
  source.close();
  process.exitCode = 1;
};
