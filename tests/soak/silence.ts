/**
 * Follows a stream that falls silent for a long time, on Deno, Node.js or Bun, and prints each
 * event with the seconds since the start. Arguments: the entry point (mod.ts or node.ts), a URL.
 *
 * @module
 */

import process from "node:process";

const [entry = "", url = ""] = process.argv.slice(2);
const { EventSource }: typeof import("../../mod.ts") = await import(`../../${entry}`);

const start = performance.now();
const source = new EventSource(url);
source.onmessage = ({ data }) => {
  print(data);
  if (data === "late") source.close();
};
source.onerror = ({ message }) => {
  print(`error: ${message}`);
  source.close();
};

function print(what: string | undefined): void {
  console.log(`${Math.round((performance.now() - start) / 1000)} s: ${what}`);
}
