/**
 * The page of examples/browser/shared/ in several tabs, which have one connection.
 */

import { assert, assertEquals } from "@std/assert";
import type { Tab } from "../../scripts/browser.ts";
import { delay, until } from "../harness.ts";
import { serve } from "./example.ts";
import { type File, page, script, type Site } from "./site.ts";
import { complaintsOf, engine, type Visit, visit } from "./visit.ts";

/** What a test may ask of a page, in its query. */
const ODDITIES = `
const query = new URLSearchParams(location.search);
// While \`held\` is an array, events from other tabs wait in it.
const { set } = Object.getOwnPropertyDescriptor(BroadcastChannel.prototype, "onmessage");
Object.defineProperty(BroadcastChannel.prototype, "onmessage", {
  set(listener) {
    set.call(this, (event) => {
      if (event.data.kind === "event" && globalThis.held) held.push(() => listener(event));
      else listener(event);
    });
  },
});
// It crashes, or its process is killed: it is not told before.
if (query.has("mute")) {
  addEventListener("pagehide", (event) => event.stopImmediatePropagation(), true);
}
if (query.has("insecure")) delete Navigator.prototype.locks;
`;
/** A page with a source of its own, which closes at the event that the query names; `got` holds its events. */
const OWN = `<script type="module">
import { SharedSource } from "/browser/shared/shared_source.js";
const query = new URLSearchParams(location.search);
if (query.has("leader")) delete globalThis.SharedWorker;
globalThis.got = [];
globalThis.source = new SharedSource("/events", { lastEventId: localStorage.getItem("none") });
for (const type of ["open", "message", "gap"]) {
  source.addEventListener(type, ({ lastEventId = type }) => {
    got.push(lastEventId);
    if (lastEventId === query.get("until")) source.close();
  });
}
</script>`;
const FILES = {
  "/oddities.js": script(ODDITIES),
  "/elsewhere": page("<p>Elsewhere"),
  "/own": page(OWN),
};

/** The worker dies when a port gets this. */
const DEATH = "die";
const MORTAL = `
addEventListener("connect", ({ ports: [port] }) => {
  port.addEventListener("message", ({ data }) => data === "${DEATH}" && close());
});
`;

/** The example, with the oddities before the page's own script, and a worker that can be killed. */
async function serveOdd(path: string): Promise<File | undefined> {
  const file = await serve(path);
  if (file === undefined) return undefined;
  if (path.endsWith("/worker.js")) return { ...file, body: file.body + MORTAL };
  if (!path.endsWith("/")) return file;
  const body = file.body.replace("<script", '<script src="/oddities.js"></script><script');
  return { ...file, body };
}

/** One tab, as it shows. */
class Shown {
  readonly #tab: Tab;

  constructor(tab: Tab) {
    this.#tab = tab;
  }

  /** Opens the page, and waits until it follows. */
  static async open({ site }: Visit, tab: Tab, query: string): Promise<Shown> {
    const shown = new Shown(tab);
    await tab.goto(`${site.url}/browser/shared/?${query}`);
    await until("the tab follows", async () => await shown.state() === "Open");
    return shown;
  }

  /** Opens the page with a source of its own, and waits until that is open. */
  static async openOwn({ site, page }: Visit, query: string): Promise<Shown> {
    const shown = new Shown(page);
    await page.goto(`${site.url}/own?${query}`);
    await until("the source is open", async () => (await shown.got()).includes("open"));
    return shown;
  }

  /** What it says of the connection; nothing while the page loads. */
  state(): Promise<string | undefined> {
    return this.#tab.evaluate('document.querySelector("[role=status]")?.innerText.trim()');
  }

  place(): Promise<string> {
    return this.#tab.evaluate('document.getElementById("place").innerText');
  }

  /** The entries of the log, oldest first, without their time. */
  log(): Promise<string[]> {
    return this.#tab.evaluate(`[...document.querySelectorAll("li")].reverse().map((entry) =>
      [".type", ".text"].map((part) => entry.querySelector(part).innerText).join(" "))`);
  }

  /** The ids of the messages in the log. */
  async ids(): Promise<number[]> {
    const messages = (await this.log()).filter((entry) => entry.startsWith("message "));
    return messages.map((entry) => Number(/^message (\d+): event \1$/.exec(entry)?.[1]));
  }

  /** Waits until the log has messages with these ids, and no others. */
  async has(ids: readonly number[]): Promise<void> {
    await until("the last has come", async () => (await this.ids()).includes(ids.at(-1)!));
    assertEquals(await this.ids(), ids);
    assertEquals(await complaintsOf(this.#tab), []);
  }

  /** What the page with a source of its own has got: ids and types. */
  got(): Promise<string[]> {
    return this.#tab.evaluate("got");
  }

  lastEventId(): Promise<string> {
    return this.#tab.evaluate("source.lastEventId");
  }

  async pressClose(): Promise<void> {
    await this.#tab.evaluate('document.getElementById("close").click()');
  }

  /** Dispatches an event of the page's life. */
  async tell(type: "freeze" | "resume"): Promise<void> {
    await this.#tab.evaluate(`document.dispatchEvent(new Event("${type}"))`);
  }

  /** Holds what other tabs send it. */
  async holdEvents(): Promise<void> {
    await this.#tab.evaluate("void (globalThis.held = [])");
  }

  async releaseEvents(): Promise<void> {
    await this.#tab.evaluate("void (held.forEach((listen) => listen()), held = undefined)");
  }

  async killWorker(): Promise<void> {
    const name = 'new URL("/events", location).href';
    const options = `{ type: "module", name: ${name} }`;
    await this.#tab.evaluate(
      `new SharedWorker("worker.js", ${options}).port.postMessage("${DEATH}")`,
    );
  }

  async goElsewhere({ site }: Visit): Promise<void> {
    await this.#tab.goto(`${site.url}/elsewhere`);
  }

  back(): Promise<void> {
    return this.#tab.back();
  }

  close(): Promise<void> {
    return this.#tab.close();
  }
}

/** The numbers from one to another. */
function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** Publishes events, one after the other. */
async function publish(site: Site, count: number): Promise<void> {
  for (; count > 0; count--) {
    site.publish();
    await delay(15);
  }
}

/** The last event ids that the requests have said. */
function resumptions({ site }: Visit): (string | undefined)[] {
  return site.requests.map((headers) => headers["last-event-id"] as string | undefined);
}

/** Opens three tabs, one after the other. */
async function openThree(visited: Visit, query: string): Promise<[Shown, Shown, Shown]> {
  const first = await Shown.open(visited, visited.page, query);
  const second = await Shown.open(visited, await visited.newTab(), query);
  return [first, second, await Shown.open(visited, await visited.newTab(), query)];
}

for (const way of ["worker", "leader"] as const) {
  const places = way === "worker"
    ? Array(3).fill("in the SharedWorker")
    : ["in this tab, which leads", "in another tab", "in another tab"];

  /** Adds a test. */
  const share = (
    name: string,
    body: (visit: Visit) => Promise<void>,
    files: Readonly<Record<string, File>> = FILES,
  ): void => visit(`shared: ${name} [${way}]`, files, body, { fallback: serveOdd });

  share("three tabs have one connection", async (visited) => {
    const { site } = visited;
    const tabs = await openThree(visited, way);
    assertEquals(await Promise.all(tabs.map((tab) => tab.place())), places);
    site.publish(3);
    for (const tab of tabs) await tab.has([1, 2, 3]);
    assertEquals([site.followers, site.mostFollowers, site.requests.length], [1, 1, 1]);
  });

  for (const [how, query] of [["closes", ""], ["goes without a word", "&mute"]] as const) {
    share(`when one tab after the other ${how}, nothing is lost or repeated`, async (visited) => {
      const { site } = visited;
      const [first, second, third] = await openThree(visited, way + query);
      await Promise.all([publish(site, 30), delay(150).then(() => first.close())]);
      for (const tab of [second, third]) await tab.has(range(1, 30));
      await until("there is one connection", () => site.followers === 1);
      await Promise.all([publish(site, 30), delay(150).then(() => second.close())]);
      await third.has(range(1, 60));
      await until("there is one connection", () => site.followers === 1);
      const [start, ...resumed] = resumptions(visited);
      assertEquals(start, undefined);
      assert(resumed.every((id) => id !== undefined));
      // WebKit ends the worker with the process of a tab, sooner or later.
      const expected = way === "leader" ? [2] : engine === "webkit" ? [0, 1, 2] : [0];
      assert(expected.includes(resumed.length), String(resumed));
      await third.close();
      await until("nobody follows", () => site.followers === 0);
    });
  }

  share("a tab that opens late gets the events from now on", async (visited) => {
    const { site } = visited;
    const first = await Shown.open(visited, visited.page, way);
    site.publish(2);
    await first.has([1, 2]);
    const second = await Shown.open(visited, await visited.newTab(), way);
    await first.close();
    if (way === "leader") {
      await until("it leads", async () => /this tab/.test(await second.place()));
      await until("it is open", async () => await second.state() === "Open");
    }
    site.publish();
    await second.has([3]);
    if (way === "leader") assertEquals(resumptions(visited), [undefined, "2"]);
  });

  const failing: Record<string, File> = { ...FILES };
  share("a final error closes all tabs, and a new one tries again", async (visited) => {
    const { site } = visited;
    const tabs = await openThree(visited, way);
    site.publish();
    for (const tab of tabs) await tab.has([1]);
    let asked = 0;
    Object.defineProperty(failing, "/events", {
      configurable: true,
      get: () => {
        asked++;
        return page("Gone");
      },
    });
    await site.kill();
    await site.start();
    for (const tab of tabs) {
      await until("it is closed", async () => await tab.state() === "Closed");
      const errors = (await tab.log()).filter((entry) => /^error .*; no retry$/.test(entry));
      assertEquals(errors.length, 1);
    }
    assertEquals(asked, 1);
    delete failing["/events"];
    const fourth = await Shown.open(visited, await visited.newTab(), way);
    site.publish();
    await until("it has it", async () => (await fourth.ids()).includes(2));
    assertEquals([asked, site.followers], [1, 1]);
  }, failing);

  share("when each tab has closed its source, nobody follows", async (visited) => {
    const { site } = visited;
    const tabs = await openThree(visited, way);
    // Without an id, the next leader could not ask for what comes before it has a connection.
    site.publish();
    for (const tab of tabs) await tab.has([1]);
    for (const [index, tab] of tabs.entries()) {
      await tab.pressClose();
      assertEquals(await tab.state(), "Closed");
      site.publish();
      for (const other of tabs.slice(index + 1)) await other.has(range(1, index + 2));
    }
    await until("nobody follows", () => site.followers === 0);
    // None has got what came after it had closed.
    for (const [index, tab] of tabs.entries()) assertEquals(await tab.ids(), range(1, index + 1));
  });

  share("a frozen tab does not lead, and misses nothing", async (visited) => {
    const { site } = visited;
    const [first, second] = await openThree(visited, way);
    site.publish();
    for (const tab of [first, second]) await tab.has([1]);
    await first.tell("freeze");
    site.publish(2);
    await second.has([1, 2, 3]);
    await first.has([1]);
    await first.tell("resume");
    await first.has([1, 2, 3]);
    site.publish();
    for (const tab of [first, second]) await tab.has([1, 2, 3, 4]);
    await until("there is one connection", () => site.followers === 1);
  });

  share("close() in a listener ends the missed events too, and null is no id", async (visited) => {
    const { site } = visited;
    const first = await Shown.openOwn(visited, `${way}&until=2`);
    const second = await Shown.open(visited, await visited.newTab(), way);
    site.publish();
    await until("it has it", async () => (await first.got()).includes("1"));
    await second.has([1]);
    await first.tell("freeze");
    site.publish(3);
    await second.has([1, 2, 3, 4]);
    await first.tell("resume");
    await until("it has one more", async () => (await first.got()).includes("2"));
    site.publish();
    await second.has([1, 2, 3, 4, 5]);
    const ids = (await first.got()).filter((entry) => entry !== "open");
    assertEquals([ids, await first.lastEventId()], [["1", "2"], "2"]);
    await second.close();
    await until("nobody follows", () => site.followers === 0);
  });

  const withoutIds: File = { body: "retry: 50\n\ndata: a\n\n", type: "text/event-stream" };
  share("without ids, a tab that returns is told that events may be missing", async (visited) => {
    const first = await Shown.openOwn(visited, way);
    await until("it has one", async () => (await first.got()).includes(""));
    assert(!(await first.got()).includes("gap"));
    await first.tell("freeze");
    await first.tell("resume");
    await until("it is told", async () => (await first.got()).includes("gap"));
    await first.tell("freeze");
  }, { ...FILES, "/events": withoutIds });

  share("close() in the listener of a gap holds", async (visited) => {
    const { site } = visited;
    const first = await Shown.openOwn(visited, `${way}&until=gap`);
    await first.tell("freeze");
    await until("it has gone", () => site.followers === 0);
    await first.tell("resume");
    await until("it is told", async () => (await first.got()).includes("gap"));
    await until("nobody follows", () => site.followers === 0);
    await delay(100);
    assertEquals([site.followers, (await first.got()).at(-1)], [0, "gap"]);
  });

  share("a tab that was frozen for long is told that events are missing", async (visited) => {
    const { site } = visited;
    const [first, second] = await openThree(visited, way);
    site.publish();
    for (const tab of [first, second]) await tab.has([1]);
    await first.tell("freeze");
    site.publish(200);
    await until("the other is there", async () => (await second.ids()).includes(201));
    await first.tell("resume");
    await until("it is told", async () => (await first.log()).includes("gap events are missing"));
    site.publish();
    await first.has([1, 202]);
  });

  share("a tab that goes elsewhere and back shares the connection again", async (visited) => {
    const { site } = visited;
    const [first, second] = await openThree(visited, way);
    site.publish();
    for (const tab of [first, second]) await tab.has([1]);
    await first.goElsewhere(visited);
    site.publish(2);
    await second.has([1, 2, 3]);
    await first.back();
    await until("it follows", async () => await first.state() === "Open");
    site.publish();
    await second.has([1, 2, 3, 4]);
    // A page that was kept has got what it has missed; another one starts with what is new.
    await until("it has the event", async () => (await first.ids()).includes(4));
    const ids = String(await first.ids());
    assert(["1,2,3,4", "4"].includes(ids), ids);
    await until("there is one connection", () => site.followers === 1);
  });
}

visit("shared: a leader that is behind repeats nothing to the others", FILES, async (visited) => {
  const { site } = visited;
  const [first, second, third] = await openThree(visited, "leader");
  site.publish();
  for (const tab of [second, third]) await tab.has([1]);
  await second.holdEvents();
  site.publish(3);
  await third.has([1, 2, 3, 4]);
  await first.close();
  await second.has([1, 2, 3, 4]);
  // What the first tab has sent comes now.
  await second.releaseEvents();
  site.publish();
  for (const tab of [second, third]) await tab.has([1, 2, 3, 4, 5]);
  assertEquals(resumptions(visited), [undefined, "1"]);
}, { fallback: serveOdd });

visit("shared: a worker that dies is started anew", FILES, async (visited) => {
  const { site } = visited;
  const tabs = await openThree(visited, "worker");
  site.publish();
  for (const tab of tabs) await tab.has([1]);
  await tabs[0].killWorker();
  await until("nobody follows", () => site.followers === 0);
  site.publish(2);
  for (const tab of tabs) await tab.has([1, 2, 3]);
  assertEquals([site.followers, resumptions(visited)], [1, [undefined, "1"]]);
}, { fallback: serveOdd });

visit("shared: without workers and locks, a tab has its own connection", FILES, async (visited) => {
  const { site } = visited;
  const tabs = await openThree(visited, "leader&insecure");
  site.publish();
  for (const tab of tabs) await tab.has([1]);
  assertEquals(site.followers, 3);
  for (const tab of tabs) await tab.pressClose();
  await until("nobody follows", () => site.followers === 0);
}, { fallback: serveOdd });
