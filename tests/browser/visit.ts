/**
 * The browser of a file of tests, and a new tab and a site of its own for each test.
 *
 * @module
 */

import {
  type Browser,
  browsers,
  type Engine,
  oldChromium,
  type Tab,
} from "../../scripts/browser.ts";
import { config, test, type TestOptions } from "../harness.ts";
import { type Fallback, type File, Site } from "./site.ts";

/** The engine of the run. */
export const engine: Engine = (config.runtime.split("-")[1] ?? "") as Engine;

const installed = config.runtime === "page-chromium-103" ? oldChromium : browsers[engine];
const browser: Browser = await installed.open(
  // How long a page in the back/forward cache keeps its connections: by default for a minute.
  "--enable-features=LoadingTasksUnfreezable:grace_period_to_finish_loading_in_seconds/3",
);
Deno.test.afterAll(() => browser.close());

/** What a test is given. */
export interface Visit {
  readonly site: Site;
  /** An empty tab. */
  readonly page: Tab;
  /** Opens further tabs. */
  newTab(): Promise<Tab>;
}

/** Adds a test with a site of its own. */
export function visit(
  name: string,
  files: Readonly<Record<string, File>>,
  body: (visit: Visit) => Promise<void>,
  { fallback, ...options }: TestOptions & { readonly fallback?: Fallback } = {},
): void {
  test(name, async () => {
    const site = new Site(files, fallback);
    await site.start();
    const tabs: Tab[] = [];
    const newTab = async () => {
      const tab = await browser.newTab();
      tabs.push(tab);
      return tab;
    };
    try {
      await body({ site, page: await newTab(), newTab });
    } finally {
      // A test may have closed some.
      await Promise.allSettled(tabs.map((tab) => tab.close()));
      await site.kill();
    }
  }, options);
}

/** The title of a tab's page. */
export function titleOf(tab: Tab): Promise<string> {
  return tab.evaluate("document.title");
}

/** What a page has complained of: see {@linkcode Site}. */
export function complaintsOf(tab: Tab): Promise<string[]> {
  return tab.evaluate("complaints");
}
