/**
 * What becomes of a source as its page, and its server, come and go.
 */

import { assertEquals } from "@std/assert";
import { until } from "../harness.ts";
import type { Tab } from "../../scripts/browser.ts";
import { complaintsOf, engine, type Visit, visit } from "./visit.ts";
import { POLYFILL } from "./polyfill.ts";
import { page, script } from "./site.ts";

/** Notes in order what a source and its page go through. */
const MAIN = `
log = [];
const source = new EventSourcePolyfill("events");
source.onmessage = ({ lastEventId }) => log.push(lastEventId);
source.onerror = ({ reason, willReconnect }) => log.push(reason + " " + willReconnect);
addEventListener("pageshow", ({ persisted }) => log.push(persisted ? "back" : "shown"));
`;
const SCRIPTS = '<script src="/polyfill.js"></script><script src="/main.js"></script>';
const FILES = {
  "/page": page(SCRIPTS),
  "/elsewhere": page("<p>Elsewhere"),
  "/polyfill.js": POLYFILL,
  "/main.js": script(MAIN),
};

/** Loads the page and waits until it follows. */
async function show({ site, page }: Visit): Promise<void> {
  await page.goto(`${site.url}/page`);
  await until("the page follows", () => site.followers === 1);
}

/** Lets the page, once it has had an event, for another. */
async function leave(visited: Visit): Promise<void> {
  const { site, page } = visited;
  await show(visited);
  site.publish();
  await until("it has come", async () => (await noted(page)).length === 2);
  await page.goto(`${site.url}/elsewhere`);
}

/** What the page has noted. */
function noted(page: Tab): Promise<string[]> {
  return page.evaluate("globalThis.log ?? []");
}

visit("page: a killed server, and its return, lose and repeat nothing", FILES, async (visited) => {
  const { site, page } = visited;
  await show(visited);
  site.publish(3);
  await until("all has come", async () => (await noted(page)).length === 4);
  await site.kill();
  await until("it fails again", async () => (await noted(page)).length >= 6);
  site.publish(2);
  await site.start();
  await until("the page follows again", () => site.followers === 1);
  site.publish();
  await until("all has come", async () => (await noted(page)).includes("6"));
  const log = await noted(page);
  assertEquals(log.filter((entry) => /^\d/.test(entry)), ["1", "2", "3", "4", "5", "6"]);
  // The first cuts a connection, which WebKit takes for an end; in the others there is none.
  const cut = engine === "webkit" ? "closed true" : "network true";
  assertEquals(new Set(log.filter((entry) => / /.test(entry))), new Set([cut, "network true"]));
  assertEquals(site.requests.map((headers) => headers["last-event-id"]), [undefined, "3"]);
  assertEquals(site.mostFollowers, 1);
});

visit(
  "page: a URL is relative to <base>",
  { ...FILES, "/folder/page": page(`<base href="/">${SCRIPTS}`) },
  async ({ site, page }) => {
    await page.goto(`${site.url}/folder/page`);
    await until("the page follows", () => site.followers === 1);
    assertEquals(await complaintsOf(page), []);
  },
);

visit(
  "page: window.stop() is a lost connection to a source, which reconnects",
  FILES,
  async (visited) => {
    const { site, page } = visited;
    await show(visited);
    site.publish();
    await until("it has come", async () => (await noted(page)).length === 2);
    await page.evaluate("void setTimeout(() => stop())");
    await until("it fails", async () => (await noted(page)).length === 3);
    site.publish();
    await until("the page follows again", async () => (await noted(page)).length === 4);
    assertEquals((await noted(page)).slice(1), ["1", "network true", "2"]);
  },
);

visit("page: a source that is left behind is closed", FILES, async (visited) => {
  const { site, page } = visited;
  await show(visited);
  await page.close();
  await until("nobody follows", () => site.followers === 0);
});

const BELOW = "does otherwise: tested below";
const IN_CHROMIUM = { skip: { "page-firefox": BELOW, "page-webkit": BELOW } };

visit("page: in the back/forward cache it keeps its one connection", FILES, async (visited) => {
  const { site, page } = visited;
  await leave(visited);
  // Chromium holds the connection, and what comes, for a minute; for the native EventSource too.
  site.publish(2);
  await page.back();
  await until("the page is back", async () => (await noted(page)).includes("back"));
  site.publish();
  await until("all has come", async () => (await noted(page)).includes("4"));
  const log = await noted(page);
  assertEquals(log.filter((entry) => entry !== "back"), ["shown", "1", "2", "3", "4"]);
  assertEquals([site.followers, site.mostFollowers, site.requests.length], [1, 1, 1]);
}, IN_CHROMIUM);

visit("page: left in the back/forward cache for long, it is closed", FILES, async (visited) => {
  const { site, page } = visited;
  await leave(visited);
  await until("nobody follows", () => site.followers === 0);
  site.publish(2);
  // It does not come back to life without being shown.
  await new Promise((resolve) => setTimeout(resolve, 300));
  assertEquals([site.followers, site.requests.length], [0, 1]);
  // Chromium has dropped the page with its connection, and loads it anew.
  await page.back();
  site.publish();
  await until("all has come", async () => (await noted(page)).includes("4"));
  assertEquals(await noted(page), ["shown", "1", "2", "3", "4"]);
  assertEquals([site.followers, site.mostFollowers, site.requests.length], [1, 1, 2]);
}, IN_CHROMIUM);

const WEBKIT_BELOW = "keeps the page: tested below";
const ABOVE = "does otherwise: tested above";

visit("page: the back/forward cache takes no page that follows", FILES, async (visited) => {
  const { site, page } = visited;
  await leave(visited);
  await until("nobody follows", () => site.followers === 0);
  site.publish(2);
  await page.back();
  site.publish();
  await until("all has come", async () => (await noted(page)).includes("4"));
  assertEquals(await noted(page), ["shown", "1", "2", "3", "4"]);
  assertEquals([site.followers, site.mostFollowers, site.requests.length], [1, 1, 2]);
}, { skip: { "page-chromium": ABOVE, "page-webkit": WEBKIT_BELOW } });

visit(
  "page: the back/forward cache cuts the connection of a page, which resumes when it is back",
  FILES,
  async (visited) => {
    const { site, page } = visited;
    await leave(visited);
    await until("nobody follows", () => site.followers === 0);
    site.publish(2);
    await page.back();
    site.publish();
    await until("all has come", async () => (await noted(page)).includes("4"));
    const log = await noted(page);
    assertEquals(log.filter((entry) => entry !== "back"), [
      ...["shown", "1"],
      "network true",
      ...["2", "3", "4"],
    ]);
    assertEquals(site.requests.map((headers) => headers["last-event-id"]), [undefined, "1"]);
    assertEquals([site.followers, site.mostFollowers], [1, 1]);
  },
  { skip: { "page-chromium": ABOVE, "page-firefox": ABOVE } },
);

visit(
  "page: where the back/forward cache does not take it, its connection is closed",
  { ...FILES, "/main.js": script(`${MAIN} addEventListener("unload", () => {});`) },
  async ({ site, page }) => {
    await page.goto(`${site.url}/page`);
    await until("the page follows", () => site.followers === 1);
    await page.goto(`${site.url}/elsewhere`);
    await until("nobody follows", () => site.followers === 0);
    site.publish();
    await page.back();
    await until("it has come", async () => (await noted(page)).includes("1"));
    assertEquals([site.followers, site.mostFollowers, site.requests.length], [1, 1, 2]);
  },
  { skip: { "page-webkit": "its cache takes such a page, too" } },
);
