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

const ASKS = "a page cannot send Last-Event-ID to another origin without a preflight";
const REFUSED = `${ASKS}, and the server of the test refuses it`;
const CORS =
  "a page cannot tell a response that CORS forbids from a lost connection: it is retried";
const STOP = "a page cannot tell window.stop() from a lost connection: it is retried";
const TRUSTED = "no script of a page can set `isTrusted`";
const HOST = "Chromium's parser of URLs takes the host name";
const TWICE = "WebKitGTK encodes a header's value again: docs/browsers.md";
const COOKIES = "WebKit sends no cookies between hosts below localhost";
// Any reader of the stream brings it about: the pipe has the stream locked, or has closed it.
const CLOSED = "the test closes a stream that its own pipe closes, and handles no rejection";

const PREFLIGHT = "EventSource: cross-origin preflight - ";
const CREDENTIALS = "EventSource: credentials: credentials ";
const CROSS_ORIGIN = "EventSource: cross-origin ";

/** Reasons by files and names of tests. */
export const EXPECTED: Readonly<Record<string, Readonly<Record<string, Reason>>>> = {
  "eventsource-constructor-url-bogus.any.js": {
    "EventSource: constructor (invalid URL)": { chromium: HOST },
  },
  "eventsource-cross-origin-preflight.window.js": {
    [`${PREFLIGHT}safe \`last-event-id\` (no preflight)`]: ASKS,
    [`${PREFLIGHT}unsafe \`last-event-id\` (too long)`]: REFUSED,
    [`${PREFLIGHT}unsafe \`last-event-id\` (unsafe characters)`]: REFUSED,
  },
  "eventsource-cross-origin.window.js": {
    [`${CROSS_ORIGIN}redirect use recon`]: { webkit: COOKIES },
    [`${CROSS_ORIGIN}allow-origin: http://example.org should fail`]: CORS,
    [`${CROSS_ORIGIN}allow-origin:'' should fail`]: CORS,
    [`${CROSS_ORIGIN}No allow-origin should fail`]: CORS,
  },
  "eventsource-from-readable-stream.any.js": { [FILE]: CLOSED },
  "eventsource-onmessage-trusted.any.js": { "EventSource message events are trusted": TRUSTED },
  "eventsource-request-cancellation.window.js": {
    "EventSource: request cancellation": STOP,
  },
  "format-field-id-2.any.js": { "EventSource: Last-Event-ID (2)": { webkit: TWICE } },
  "format-field-id.any.js": { "EventSource: Last-Event-ID": { webkit: TWICE } },
  "request-credentials.window.js": {
    [`${CREDENTIALS}enabled`]: REFUSED,
    [`${CREDENTIALS}disabled`]: REFUSED,
    [`${CREDENTIALS}default`]: REFUSED,
  },
};
