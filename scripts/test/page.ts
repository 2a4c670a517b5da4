/**
 * Runs in a page that the scripted server has served, of the bundled tests.
 *
 * @module
 */

import type { PageGlobals } from "../../tests/runners/browser.ts";
import type { TestResult } from "../../tests/runners/collector.ts";
import type { Browser, Installed, Tab } from "../browser.ts";
import { type Tested, writeSuite } from "./bundle.ts";
import { complete, PATIENCE, type Run } from "./run.ts";

/** How often the page is asked for results, in milliseconds. */
const INTERVAL = 100;

/** How long a page may take to load the tests, in milliseconds. */
const START = 30_000;

/** Runs them in a browser that is started for it. */
export function pageRun(
  { unavailable, open }: Installed,
  tested: Tested = {},
): Run {
  return {
    needs: [],
    unavailable,
    run: async (context) => {
      const script = await Deno.readTextFile(await writeSuite(context, "browser", tested));
      const results: TestResult[] = [];
      let isLate = false;
      let problem: string | undefined;
      let browser: Browser | undefined;
      try {
        browser = await open();
        const page = await browser.newTab();
        await page.goto(`${context.config.server}/page`);
        await load(page, script);
        const end = performance.now() + PATIENCE;
        await page.evaluate("runSuite()");
        for (let hasEnded = false; !hasEnded && !isLate;) {
          await new Promise((resolve) => setTimeout(resolve, INTERVAL));
          const news = await page.evaluate<Pick<PageGlobals, "hasEnded" | "results">>(
            "({ hasEnded, results: results.splice(0) })",
          );
          results.push(...news.results);
          hasEnded = news.hasEnded;
          isLate = performance.now() > end;
        }
      } catch (error) {
        problem = String(error);
      } finally {
        await browser?.close();
      }
      const outcome = { code: 0, output: "", errors: "", isLate };
      return complete(results, outcome, context.config.filter, problem);
    },
  };
}

/** Loads a module into the page, and waits until it has run. */
async function load(page: Tab, script: string): Promise<void> {
  await page.evaluate(`void document.head.append(Object.assign(
    document.createElement("script"), { type: "module", textContent: ${JSON.stringify(script)} },
  ))`);
  const end = performance.now() + START;
  while (!await page.evaluate<boolean>("typeof runSuite === 'function'")) {
    if (performance.now() > end) throw new Error("The bundled tests cannot be loaded");
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  }
}
