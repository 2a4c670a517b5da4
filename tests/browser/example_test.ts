/**
 * The page of examples/browser.html, as people use it.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Tab } from "../../scripts/browser.ts";
import { ROOT } from "../../scripts/npm/config.ts";
import { test, until } from "../harness.ts";
import { example, serve } from "./example.ts";
import { complaintsOf, engine, type Visit, visit } from "./visit.ts";

/** One of the two clients, as it shows. */
class Shown {
  readonly #page: Tab;
  readonly #section: string;

  constructor(page: Tab, name: string) {
    this.#page = page;
    this.#section = `[...document.querySelectorAll("section[aria-labelledby]")].find((section) =>
      document.getElementById(section.getAttribute("aria-labelledby")).textContent === "${name}")`;
  }

  async state(): Promise<string> {
    return await this.ask(".querySelector('[role=status]').innerText.trim()");
  }

  /** The entries of the log, oldest first, without their time. */
  async log(): Promise<string[]> {
    return await this.ask(`.querySelectorAll("li").values().toArray().reverse().map((entry) =>
      [".type", ".text"].map((part) => entry.querySelector(part).innerText).join(" "))`);
  }

  /** The ids of the messages in the log. */
  async ids(): Promise<number[]> {
    const messages = (await this.log()).filter((entry) => entry.startsWith("message "));
    return messages.map((entry) => Number(/^message (\d+): event \1$/.exec(entry)?.[1]));
  }

  async press(name: string): Promise<void> {
    await this.ask(`${button(name)}.click()`);
  }

  async isDisabled(name: string): Promise<boolean> {
    return await this.ask(`${button(name)}.disabled`);
  }

  /** Evaluates an expression that goes on after the client's section. */
  async ask<Value>(rest: string): Promise<Value> {
    return await this.#page.evaluate(this.#section + rest);
  }
}

/** A button, by its name. */
function button(name: string): string {
  return `.querySelectorAll("button").values().find(({ innerText }) => innerText === "${name}")`;
}

/** Opens the page, and waits until both clients follow. */
async function open({ site, page }: Visit): Promise<readonly [native: Shown, polyfill: Shown]> {
  await page.goto(`${site.url}/`);
  await until("both follow", () => site.followers === 2);
  return [new Shown(page, "Native"), new Shown(page, "Polyfill")];
}

visit(
  "example: both clients show the events, and one sends its header fields",
  {},
  async (visited) => {
    const { site, page } = visited;
    const both = await open(visited);
    site.publish(2);
    for (const shown of both) {
      await until("both events show", async () => (await shown.ids()).length === 2);
      assertEquals([await shown.ids(), await shown.state()], [[1, 2], "Open"]);
    }
    assertEquals(
      site.requests.map(({ authorization }) => authorization).sort(),
      ["Bearer demo", undefined],
    );
    assertEquals(await complaintsOf(page), []);
  },
  { fallback: serve },
);

visit("example: a killed server shows, and its return loses nothing", {}, async (visited) => {
  const { site } = visited;
  const [native, polyfill] = await open(visited);
  site.publish(2);
  for (const shown of [native, polyfill]) {
    await until("the events show", async () => (await shown.ids()).length === 2);
  }
  await site.kill();
  await until(
    "the polyfill says when it tries again",
    async () => /^Connecting\s+again in \d/.test(await polyfill.state()),
  );
  await until("the native one tries again", async () => (await native.state()) === "Connecting");
  assert((await native.log()).includes("error no details"));
  const error = (await polyfill.log()).find((entry) => entry.startsWith("error "));
  assertMatch(
    error ?? "",
    engine === "webkit"
      ? /^error closed: .* ended; retry 1 follows in/
      : /^error network: .* broke off: .*retry 1 follows in/,
  );
  site.publish(2);
  await site.start();
  for (const shown of [native, polyfill]) {
    await until("it is open again", async () => (await shown.state()) === "Open");
    await until("all events show", async () => (await shown.ids()).length === 4);
    assertEquals(await shown.ids(), [1, 2, 3, 4]);
  }
}, { fallback: serve });

visit("example: the time until the next attempt counts down", {}, async (visited) => {
  const [, polyfill] = await open(visited);
  await visited.site.kill();
  const left = async (): Promise<number> =>
    Number(/^Connecting\s+again in ([\d.]+) s$/.exec(await polyfill.state())?.[1]);
  await until("it waits", async () => await left() > 1);
  const first = await left();
  await until("less time is left", async () => await left() < first - 0.5);
}, { fallback: serve });

visit("example: the buttons close and reconnect", {}, async (visited) => {
  const { site } = visited;
  const [native, polyfill] = await open(visited);
  site.publish(2);
  await until("the events show", async () => (await polyfill.ids()).length === 2);
  await polyfill.press("Reconnect");
  await until("it has reconnected", () => site.requests.length === 3);
  await polyfill.press("Close");
  await native.press("Close");
  await until("nobody follows", () => site.followers === 0);
  assertEquals([await native.state(), await polyfill.state()], ["Closed", "Closed"]);
  assert(await polyfill.isDisabled("Close"));
  site.publish();
  await polyfill.press("Reconnect");
  await until("the event shows", async () => (await polyfill.ids()).length === 3);
  assertEquals([await polyfill.ids(), await polyfill.state()], [[1, 2, 3], "Open"]);
  assertEquals(site.requests.map((headers) => headers["last-event-id"]), [
    undefined,
    undefined,
    "2",
    "2",
  ]);
}, { fallback: serve });

visit("example: it fits a phone", {}, async (visited) => {
  const { page } = visited;
  await open(visited);
  await page.resize(320, 640);
  // As narrow as the window of this browser can be: the layout is the one of phones.
  await until("it is narrow", () => page.evaluate("innerWidth <= 480"));
  const { scrollWidth, clientWidth } = await page.evaluate<Record<string, number>>(
    "(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }))(document.documentElement)",
  );
  assertEquals(scrollWidth, clientWidth);
}, { fallback: serve });

const NO_SCHEME = "its driver cannot set the system's colours";

visit("example: it follows the system's colours", {}, async (visited) => {
  const { page } = visited;
  await open(visited);
  const ground = "getComputedStyle(document.body).backgroundColor";
  await page.setScheme!("light");
  const light = await page.evaluate(ground);
  await page.setScheme!("dark");
  assert(light !== await page.evaluate(ground));
}, { fallback: serve, skip: { "page-firefox": NO_SCHEME, "page-webkit": NO_SCHEME } });

test("example: it serves the polyfill's map, which debuggers look for", async () => {
  const polyfill = await example("/eventsource-polyfill.js").text();
  const [, map = ""] = /^\/\/# sourceMappingURL=(.*)$/m.exec(polyfill) ?? [];
  const { sources } = await example(`/${map}`).json();
  assert(sources.includes("../polyfill.ts"), String(sources));
});

const MARKUP = "<img src=x onerror=document.title='hit'><b>bold</b>";

visit("example: what the server sends is text, never markup", {
  "/events": {
    type: "text/event-stream",
    body: `id: <i>1\ndata: ${MARKUP}\n\nevent: wind\ndata: {"speed":1,"from":"${MARKUP}"}\n\n` +
      `event: error\ndata: ${MARKUP}\n\n`,
  },
}, async ({ site, page }) => {
  await page.goto(`${site.url}/`);
  for (const name of ["Native", "Polyfill"]) {
    const shown = new Shown(page, name);
    await until("the events show", async () => (await shown.log()).length >= 4);
    const log = await shown.log();
    assert(log.includes(`message <i>1: ${MARKUP}`), log.join());
    assert(log.includes(`wind <i>1: 1.0 m/s from ${MARKUP}`), log.join());
    assertEquals(await shown.ask(".querySelectorAll('img, b, i').length"), 0);
  }
  assertEquals(await complaintsOf(page), []);
}, { fallback: serve });

test("example: its task serves the page and the events", async () => {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "example:browser", "0"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "piped",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).values();
  const { value: line = "" } = await output.next();
  const [, url] = /^Open (http:\S+)\n$/.exec(line) ?? [];
  const page = await fetch(`${url}`);
  assertMatch(await page.text(), /<h1>/);
  const events = await fetch(new URL("/events", url));
  assertEquals(events.headers.get("content-type"), "text/event-stream");
  await events.body?.cancel();
  child.kill();
  await child.status;
  await output.return?.();
});
