/**
 * The tests that fail with our class in the place of the engine's, by design or through no fault of
 * its own, and the files that are not run.
 *
 * @module
 */

import type { Engine } from "../browser.ts";

/** Why a test fails in every engine, or in some. */
export type Reason = string | Readonly<Partial<Record<Engine, string>>>;

/** Files that ask for more than the server here has. */
export const NOT_RUN: Readonly<Record<string, string>> = {
  "eventsource-bfcache.window.js":
    "it drives other windows through the original server; tests/browser has tests of its own",
};

/** What stands for a test's name where the harness complains of something else. */
export const FILE = "(the file)";

const LEAVE = "a page has to ask another origin for leave to send Last-Event-ID, by a preflight";
const REFUSED = `${LEAVE}, and the server of the test refuses every preflight`;
const CORS = "to a page, a response that CORS forbids is a connection that failed: it is retried";
const TRUSTED = "no script of a page can set `isTrusted`";
const HOST_NAME = "the engine's own parser of URLs takes the host name: its own class fails too";

const PREFLIGHT = "EventSource: cross-origin preflight - ";
const CREDENTIALS = "EventSource: credentials: credentials ";
const CROSS_ORIGIN = "EventSource: cross-origin ";

/** Reasons by files and names of tests. */
export const EXPECTED: Readonly<Record<string, Readonly<Record<string, Reason>>>> = {
  "eventsource-constructor-url-bogus.any.js": {
    "EventSource: constructor (invalid URL)": { chromium: HOST_NAME },
  },
  "eventsource-cross-origin-preflight.window.js": {
    [`${PREFLIGHT}safe \`last-event-id\` (no preflight)`]: LEAVE,
    [`${PREFLIGHT}unsafe \`last-event-id\` (too long)`]: REFUSED,
    [`${PREFLIGHT}unsafe \`last-event-id\` (unsafe characters)`]: REFUSED,
  },
  "eventsource-cross-origin.window.js": {
    [`${CROSS_ORIGIN}allow-origin: http://example.org should fail`]: CORS,
    [`${CROSS_ORIGIN}allow-origin:'' should fail`]: CORS,
    [`${CROSS_ORIGIN}No allow-origin should fail`]: CORS,
  },
  "eventsource-from-readable-stream.any.js": {
    // Any reader of the stream brings it about: the pipe has the stream locked, or has closed it.
    [FILE]: "the test closes a stream that its own pipe closes, and nobody handles the rejection",
  },
  "eventsource-onmessage-trusted.any.js": { "EventSource message events are trusted": TRUSTED },
  "eventsource-request-cancellation.window.js": {
    "EventSource: request cancellation":
      "to a page, window.stop() is a connection that was lost: it is retried",
  },
  "request-credentials.window.js": {
    [`${CREDENTIALS}enabled`]: REFUSED,
    [`${CREDENTIALS}disabled`]: REFUSED,
    [`${CREDENTIALS}default`]: REFUSED,
  },
};
