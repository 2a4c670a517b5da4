/**
 * The polyfill as a script of pages and workers.
 */

import { assertEquals } from "@std/assert";
import { until } from "../harness.ts";
import { complaintsOf, titleOf, visit } from "./visit.ts";
import { POLYFILL } from "./polyfill.ts";
import { type File, page, script } from "./site.ts";

/** Follows the events with a header of its own, and says what it got. */
const FOLLOW = `
function follow(report) {
  const source = new EventSourcePolyfill("/events", { headers: { "X-Api-Key": "k" } });
  source.onmessage = (event) => report(event.data);
  source.onerror = (event) => report(event.reason + ": " + event.message);
}
const kept = globalThis.EventSource !== globalThis.EventSourcePolyfill;
`;
const IN_PAGE = `${FOLLOW}
follow((text) => document.title = text + " " + kept);`;
const REPORTED = "event 1 true";

/** What the oldest browsers that it is built for do not have, of all that a script might call. */
const LATER = `
for (const [holder, ...names] of [
  [AbortSignal, "any", "timeout"],
  [Array, "fromAsync"],
  [Array.prototype, "findLast", "findLastIndex", "toReversed", "toSorted", "toSpliced", "with"],
  [Headers.prototype, "getSetCookie"],
  [Map, "groupBy"],
  [Map.prototype, "getOrInsert", "getOrInsertComputed"],
  [Object, "groupBy"],
  [Promise, "try", "withResolvers"],
  [ReadableStream, "from"],
  [ReadableStream.prototype, Symbol.asyncIterator, "values"],
  [RegExp, "escape"],
  [Response, "json"],
  [Set.prototype, "difference", "intersection", "isSubsetOf", "union"],
  [String.prototype, "isWellFormed", "toWellFormed"],
  [Uint8Array, "fromBase64", "fromHex"],
  [Uint8Array.prototype, "toBase64", "toHex"],
  [URL, "canParse", "parse"],
]) for (const name of names) delete holder[name];
delete globalThis.Iterator;
if (URL.canParse) throw new Error("nothing was taken away");
`;

/** How a page may load it. */
const PAGES: Readonly<Record<string, Readonly<Record<string, File>>>> = {
  "a classic script": {
    "/page": page('<script src="/polyfill.js"></script><script src="/main.js"></script>'),
    "/main.js": script(IN_PAGE),
  },
  "a module": {
    "/page": page('<script type="module" src="/main.js"></script>'),
    "/main.js": script(`import "./polyfill.js";${IN_PAGE}`),
  },
  "a classic script under a strict Content-Security-Policy": {
    "/page": page('<script src="/polyfill.js"></script><script src="/main.js"></script>', {
      "Content-Security-Policy":
        "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self'",
    }),
    // Only where text is refused as code: see REFUSED.
    "/main.js": script(`try { setTimeout.constructor("")(); } catch { ${IN_PAGE} }`),
  },
  "a classic script where Trusted Types are required": {
    "/page": page('<script src="/polyfill.js"></script><script src="/main.js"></script>', {
      "Content-Security-Policy": "require-trusted-types-for 'script'; trusted-types 'none'",
    }),
    "/main.js": script(IN_PAGE),
  },
  "a browser of 2022": {
    "/page": page(
      '<script src="/later.js"></script><script src="/polyfill.js"></script>' +
        '<script src="/main.js"></script>',
    ),
    "/later.js": script(LATER),
    "/main.js": script(IN_PAGE),
  },
  "a dedicated worker": {
    "/page": page('<script src="/main.js"></script>'),
    "/main.js": script(
      'new Worker("/worker.js").onmessage = ({ data }) => document.title = data;',
    ),
    "/worker.js": script(
      `importScripts("/polyfill.js");${FOLLOW}follow((text) => postMessage(text + " " + kept));`,
    ),
  },
  "a dedicated worker that is a module": {
    "/page": page('<script src="/main.js"></script>'),
    "/main.js": script(
      `new Worker("/worker.js", { type: "module" }).onmessage =
        ({ data }) => document.title = data;`,
    ),
    "/worker.js": script(
      `import "./polyfill.js";${FOLLOW}follow((text) => postMessage(text + " " + kept));`,
    ),
  },
  "a shared worker": {
    "/page": page('<script src="/main.js"></script>'),
    "/main.js": script(
      'new SharedWorker("/worker.js").port.onmessage = ({ data }) => document.title = data;',
    ),
    "/worker.js": script(
      `importScripts("/polyfill.js");${FOLLOW}
      onconnect = ({ ports: [port] }) => follow((text) => port.postMessage(text + " " + kept));`,
    ),
  },
  "a shared worker that is a module": {
    "/page": page('<script src="/main.js"></script>'),
    "/main.js": script(
      `new SharedWorker("/worker.js", { type: "module" }).port.onmessage =
        ({ data }) => document.title = data;`,
    ),
    "/worker.js": script(
      `import "./polyfill.js";${FOLLOW}
      onconnect = ({ ports: [port] }) => follow((text) => port.postMessage(text + " " + kept));`,
    ),
  },
  "a service worker": serviceWorker('importScripts("/polyfill.js");', ""),
  "a service worker that is a module": serviceWorker(
    'import "./polyfill.js";',
    ', { type: "module" }',
  ),
};

/** What pages complain of that try what their policy refuses. */
const REFUSED: Readonly<Record<string, readonly string[]>> = {
  "a classic script under a strict Content-Security-Policy": ["script-src blocks eval"],
};

/** A page that asks its service worker to follow the events. */
function serviceWorker(load: string, options: string): Readonly<Record<string, File>> {
  return {
    "/page": page('<script src="/main.js"></script>'),
    "/main.js": script(
      `navigator.serviceWorker.onmessage = ({ data }) => document.title = data;
      navigator.serviceWorker.register("/worker.js"${options});
      navigator.serviceWorker.ready.then(({ active }) => active.postMessage("go"));
      navigator.serviceWorker.startMessages();`,
    ),
    "/worker.js": script(
      `${load}${FOLLOW}
      onmessage = ({ source }) => follow((text) => source.postMessage(text + " " + kept));`,
    ),
  };
}

for (const [where, files] of Object.entries(PAGES)) {
  visit(`polyfill: in ${where}`, { ...files, "/polyfill.js": POLYFILL }, async ({ site, page }) => {
    site.publish();
    await page.goto(`${site.url}/page`);
    await until("the page has an event", async () => await titleOf(page) !== "Test");
    assertEquals([await titleOf(page), await complaintsOf(page)], [REPORTED, REFUSED[where] ?? []]);
    assertEquals(site.requests.map((headers) => headers["x-api-key"]), ["k"]);
  });
}

visit(
  "polyfill: twice on a page, the second copy changes nothing",
  {
    "/page": page(
      '<script src="/polyfill.js"></script><script src="/first.js"></script>' +
        '<script src="/polyfill.js?again"></script><script src="/second.js"></script>',
    ),
    "/first.js": script(
      "first = EventSourcePolyfill; native = EventSource; source = new first('/events');",
    ),
    "/second.js": script(
      `unchanged = first === EventSourcePolyfill && native === EventSource && native !== first;
      source.onmessage = ({ data }) => document.title = [data, unchanged,
        source instanceof EventSourcePolyfill, Object.keys(globalThis).includes("EventSourcePolyfill")];`,
    ),
    "/polyfill.js": POLYFILL,
  },
  async ({ site, page }) => {
    await page.goto(`${site.url}/page`);
    site.publish();
    await until("the page has an event", async () => await titleOf(page) !== "Test");
    assertEquals([await titleOf(page), await complaintsOf(page)], ["event 1,true,true,false", []]);
    assertEquals(site.requests.length, 1);
  },
);

visit(
  "polyfill: where EventSource is absent, it is defined",
  {
    "/page": page(
      '<script src="/absent.js"></script><script src="/polyfill.js"></script>' +
        '<script src="/main.js"></script>',
    ),
    "/absent.js": script("delete globalThis.EventSource;"),
    "/main.js": script(
      `const source = new EventSource("/events");
      const { enumerable, writable, configurable } =
        Object.getOwnPropertyDescriptor(globalThis, "EventSource");
      source.onmessage = ({ data }) => document.title = [
        data, EventSource === EventSourcePolyfill, EventSource.name,
        enumerable, writable, configurable, "EventSource" in globalThis];`,
    ),
    "/polyfill.js": POLYFILL,
  },
  async ({ site, page }) => {
    await page.goto(`${site.url}/page`);
    site.publish();
    await until("the page has an event", async () => await titleOf(page) !== "Test");
    assertEquals(
      [await titleOf(page), await complaintsOf(page)],
      ["event 1,true,EventSource,false,true,true,true", []],
    );
  },
);

visit(
  "polyfill: another library's EventSourcePolyfill is replaced, and no EventSource is",
  {
    "/page": page(
      '<script src="/other.js"></script><script src="/polyfill.js"></script>' +
        '<script src="/main.js"></script>',
    ),
    "/other.js": script(
      "globalThis.EventSourcePolyfill = globalThis.EventSource = function Other() {};",
    ),
    "/main.js": script("document.title = EventSource.name + ' ' + EventSourcePolyfill.name;"),
    "/polyfill.js": POLYFILL,
  },
  async ({ site, page }) => {
    await page.goto(`${site.url}/page`);
    assertEquals(await titleOf(page), "Other EventSource");
  },
);

const document = await Deno.readTextFile(new URL("../../docs/browsers.md", import.meta.url));
const [, snippet = ""] = /^```html\n(.*?)^```$/ms.exec(document) ?? [];

visit(
  "polyfill: as docs/browsers.md shows it",
  {
    "/page": page(snippet),
    "/node_modules/@x/eventsource/dist/eventsource-polyfill.js": POLYFILL,
  },
  async ({ site, page }) => {
    await page.goto(`${site.url}/page`);
    await until("the page follows", () => site.followers === 1);
    assertEquals([site.requests[0]?.authorization, await complaintsOf(page)], ["Bearer token", []]);
  },
);
