/**
 * The browser of a file of tests, and a new profile for each test.
 *
 * @module
 */

import type { Page } from "npm:playwright-core@^1.65.1";
import { findChromium, launchChromium, NO_CHROMIUM } from "../../scripts/browser.ts";
import { test } from "../harness.ts";
import { type Fallback, type File, Site } from "./site.ts";

/** How long anything may take that a test asks of a page, in milliseconds. */
const PATIENCE = 10_000;

const path = findChromium();
if (path === undefined) throw new Error(NO_CHROMIUM);
const browser = await launchChromium(
  path,
  // How long a page in the back/forward cache keeps its connections: by default for a minute.
  "--enable-features=LoadingTasksUnfreezable:grace_period_to_finish_loading_in_seconds/3",
);
Deno.test.afterAll(() => browser.close());

/** What a test is given. */
export interface Visit {
  readonly site: Site;
  /** An empty tab. */
  readonly page: Page;
  /** What the page has complained of: uncaught errors, and errors on the console. */
  readonly complaints: readonly string[];
}

/** Adds a test with a site of its own. */
export function visit(
  name: string,
  files: Readonly<Record<string, File>>,
  body: (visit: Visit) => Promise<void>,
  fallback?: Fallback,
): void {
  test(name, async () => {
    const site = new Site(files, fallback);
    await site.start();
    const context = await browser.newContext();
    try {
      context.setDefaultTimeout(PATIENCE);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("pageerror", (error) => complaints.push(String(error)));
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
      });
      await body({ site, page, complaints });
    } finally {
      await context.close();
      await site.kill();
    }
  });
}
