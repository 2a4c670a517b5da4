/**
 * Runs one file of the Web Platform Tests against the unbuilt module, on Deno, Node.js or Bun, and
 * prints its results as one line of JSON.
 *
 * Arguments: testharness.js, the test, the URL it pretends to be at.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import * as module from "../../mod.ts";

const [harness = "", file = "", location = ""] = process.argv.slice(2);
const source = readFileSync(file, "utf8");
const { fetch } = globalThis;
const run = globalThis.eval;
// No wait gets a random part: the tests allow a quarter more than the server asks for.
Math.random = () => 0;

Object.assign(globalThis, {
  EventSource: module.EventSource,
  fetch: (url: string, init?: RequestInit) => fetch(reachable(url), init),
  importScripts: () => {},
  Worker: InlineWorker,
});
define("self", globalThis);
run(readFileSync(harness, "utf8"));
// Only now: the harness takes everything that has a document for a page.
define("location", new URL(location));
const title = /META: title=(.*)|<title>(.*)<\/title>/i.exec(source)?.slice(1).join("") ?? file;
define("document", { title, getElementsByTagName: () => [{ firstChild: { data: title } }] });

const { setup, add_completion_callback } = globalThis as unknown as {
  setup(options: object): void;
  add_completion_callback(
    callback: (tests: { name: string; status: number; message: string | null }[]) => void,
  ): void;
};
setup({ explicit_timeout: true });
add_completion_callback((tests) => {
  const results = tests.map(({ name, status, message }) => ({ name, ok: status === 0, message }));
  console.log(JSON.stringify(results));
  process.exit();
});
// A page survives a promise that nobody handles, and one of the tests leaves one behind.
process.on("unhandledRejection", () => {});
run(file.endsWith(".htm") ? /<script>([^]*)<\/script>/i.exec(source)?.[1] ?? "" : source);

/** The hosts that the tests make of their own, which only the original server's setup resolves. */
function reachable(url: string): URL {
  const resolved = new URL(url, location);
  resolved.hostname = new URL(location).hostname;
  return resolved;
}

/** A dedicated worker in the same realm: what the tests ask of theirs is a message. */
function InlineWorker(this: { onmessage?: (event: unknown) => void }, path: string): void {
  const [script = "", hash = ""] = path.split("#");
  const code = readFileSync(new URL(script, `file://${file}`), "utf8");
  const scope = { location: { hash: `#${hash}` }, EventSource: module.EventSource };
  const post = (data: unknown): void => void setTimeout(() => this.onmessage?.({ data }));
  new Function("self", "location", "postMessage", code)(
    { ...scope, close() {} },
    scope.location,
    post,
  );
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
