/**
 * The tests of other packages that fail by design with this one in the place of theirs, by suite and
 * name, each with its reason.
 *
 * @module
 */

const WORDING = "it compares the words of a message, or what another message says";
const LATIN1 = "it feeds a byte order mark as three characters of Latin-1, which is no UTF-8";
const URL = "`url` stays what was given, as in the standard: the open event reports the redirect";
const KEYS =
  "its certificates have keys that are too short for OpenSSL 3: with its own code it fails too";
const INTERVAL =
  "the wait is set by `reconnection.delay`, not by `reconnectInterval` of a source, and lasts 3 s";
const TARGET = "a source is an EventTarget, which dispatches events alone";
const JITTER = "its clock is set forward by 3 s exactly, and a wait is longer by up to `jitter`";
const DISPATCHER =
  "dispatchers are undici's: `headers`, `proxy` and `maxBufferSize` are options here";

/** Reasons by the names of tests, by the names of suites. */
export const EXPECTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "eventsource": {
    "throws if `url` is not a string/url": WORDING,
    "throws on `fetch()` that does not return web-stream": WORDING,
    "throws on `fetch()` that does not return a body": WORDING,
    "[NON-SPEC] message event contains extended properties (invalid http response)": WORDING,
    "[NON-SPEC] custom `maxBufferSize` fails connection on parser buffer overflow": WORDING,
    "[NON-SPEC] unrefs the reconnection timer where supported, so it does not keep the event loop alive":
      "while it waits, the process stays alive: a client that has to stay connected does not vanish between two attempts",
  },
  "eventsource 2": {
    "HTTP Request follows http 301 redirect": URL,
    "HTTP Request follows http 301 redirects, drops sensitive headers on origin change": URL,
    "HTTP Request causes error event when response is 301 with missing location": WORDING,
    "HTTP Request follows http 302 redirect": URL,
    "HTTP Request follows http 302 redirects, drops sensitive headers on origin change": URL,
    "HTTP Request causes error event when response is 302 with missing location": WORDING,
    "HTTP Request follows http 307 redirect": URL,
    "HTTP Request follows http 307 redirects, drops sensitive headers on origin change": URL,
    "HTTP Request causes error event when response is 307 with missing location": WORDING,
    "HTTP Request causes error event when response status is 401": WORDING,
    "HTTP Request causes error event when response status is 403": WORDING,
    "HTTPS Support uses https for https urls": KEYS,
    "HTTPS Client Certificate Support uses client certificate for https urls": KEYS,
    "Proxying proxies http->https requests": KEYS,
    "Proxying proxies https->http requests": KEYS,
    "Reconnection is attempted when server is down": INTERVAL,
    "Reconnection continuing attempts when server is down": INTERVAL,
    "Reconnection is attempted when server goes down after connection": INTERVAL,
    "Reconnection sends Last-Event-ID http header when it has previously been passed in an event from the server":
      INTERVAL,
    "Reconnection does not send Last-Event-ID http header when it has not been previously sent by the server":
      INTERVAL,
    "Reconnection is attempted when the server responds with a 500":
      "a status other than 200 is final, as in the standard",
    "Reconnection is not attempted when server responds with non-200 and non-500": WORDING,
    "Reconnection attempts to reconnect are deduplicated on sequential erorrs":
      "fails with its own code too: its server sends a second head into the same response",
    "Properties url exposes original request url": "`url` is serialised, as in the standard",
    "Events populates messages with enumerable properties so they can be inspected via console.log().":
      "messages are real events, whose attributes are accessors; console.log prints them all the same",
    "Events delivers the dispatched event without payload": TARGET,
    "Events delivers the dispatched event with payload": TARGET,
    "Proxying proxies http->http requests":
      "its proxy leaves out the Content-Type, which has to be text/event-stream",
  },
  "eventsource-parser": {
    "stream of leading bom": LATIN1,
    "stream containing byte-order mark (multiple places)": LATIN1,
    "stream with empty `retry` field": WORDING,
    "stream with partially incorrect retry fields": WORDING,
    "stream with incorrect retry fields": WORDING,
    "maxBufferSize: feed throws after overflow, until reset": WORDING,
    "passing a function to `createParser` will throw with helpful error": WORDING,
  },
  "undici": {
    "eventsource-close.js: should not emit error when closing the EventSource Instance":
      "a connection serves one stream and is not kept: `Connection: close`",
    "eventsource-close.js: should set readyState to CLOSED":
      "a connection serves one stream and is not kept: `Connection: close`",
    "eventsource-connect.js: should use URL credentials after an authentication challenge":
      "credentials of the URL are sent with the first request",
    "eventsource-connect.js: should try to connect again if server is unreachable": JITTER,
    "eventsource-connect.js: should try to connect again if server is unreachable, configure reconnectionTime":
      JITTER,
    "eventsource-message.js: Should not emit a custom type message if no data is provided": JITTER,
    "eventsource-reconnect.js: Should reconnect on connection closed by server": JITTER,
    "eventsource-reconnect.js: Should reconnect on with reconnection timeout": JITTER,
    "eventsource-reconnect.js: Should reconnect on with modified reconnection timeout": JITTER,
    "eventsource-reconnect.js: Should reconnect and send lastEventId": JITTER,
    "eventsource-constructor.js: dispatcher eventSource.maxEventSize closes the connection when exceeded":
      DISPATCHER,
    "eventsource-custom-dispatcher.js: EventSource allows setting custom dispatcher.": DISPATCHER,
    "eventsource-custom-dispatcher.js: EventSource allows setting custom dispatcher in EventSourceDict.":
      DISPATCHER,
    "eventsource.js: Throw DOMException if URL is invalid": WORDING,
  },
};
