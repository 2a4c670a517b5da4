/**
 * The browsers of the tests, of the system: Chromium and Firefox are driven by playwright-core,
 * WebKitGTK by scripts/webkit.ts.
 *
 * @module
 */

import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import type { BrowserType, Page } from "npm:playwright-core@1.64.1";
import { runtimes } from "./runtimes.ts";
import { DRIVER, launchWebKit } from "./webkit.ts";

/** A browser with a profile of its own, without a window that anybody sees. */
export interface Browser {
  newTab(): Promise<Tab>;
  close(): Promise<void>;
}

/** A tab of a browser. */
export interface Tab {
  /** Loads a page, and waits for its load event. */
  goto(url: string): Promise<void>;
  /** Goes back; the page may still have to load. */
  back(): Promise<void>;
  /** Evaluates an expression; its value, or what its promise is fulfilled with. */
  evaluate<Value>(expression: string): Promise<Value>;
  /** Sets the size of the page, in CSS pixels; no smaller than the browser lets it be. */
  resize(width: number, height: number): Promise<void>;
  /** Has the page see a colour scheme of the system. Not every driver can. */
  setScheme?(scheme: "light" | "dark"): Promise<void>;
  close(): Promise<void>;
}

/** How long going back may take, in milliseconds. */
const PATIENCE = 30_000;

/** The engines. */
export type Engine = "chromium" | "firefox" | "webkit";

/** A browser that may be on this machine. */
export interface Installed {
  /** Why it cannot be used. */
  readonly unavailable?: string | undefined;
  /** Starts it. Arguments are Chromium's. */
  open(...args: readonly string[]): Promise<Browser>;
}

/** All of them. Where an environment variable names one, it is taken to be there. */
export const browsers: Readonly<Record<Engine, Installed>> = {
  chromium: installed("CHROMIUM", "chromium", [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ], (executablePath, args) =>
    launch("chromium", {
      executablePath,
      args: ["--no-sandbox", "--disable-background-networking", ...args],
      // As the browsers of users have it.
      ignoreDefaultArgs: ["--disable-back-forward-cache"],
    })),
  firefox: installed(
    "FIREFOX",
    "firefox-esr",
    [
      "/usr/bin/firefox-esr",
      "/usr/bin/firefox",
      "/Applications/Firefox.app/Contents/MacOS/firefox",
    ],
    (executablePath) =>
      launch("firefox", {
        executablePath,
        channel: "moz-firefox",
        // Nothing is to reach beyond loopback.
        firefoxUserPrefs: {
          "messaging-system.rsexperimentloader.enabled": false,
          "services.settings.server": "data:,",
        },
      }),
  ),
  webkit: installed("WEBKIT", "webkit2gtk-driver xvfb", [DRIVER], launchWebKit),
};

function installed(
  variable: string,
  packages: string,
  places: readonly string[],
  launch: (path: string, args: readonly string[]) => Promise<Browser>,
): Installed {
  const path = Deno.env.get(variable) || places.find(isFile);
  return path !== undefined ? { open: (...args) => launch(path, args) } : {
    unavailable: `there is no ${places[0]}: apt-get install ${packages}, ` +
      `or name it in the environment variable ${variable}`,
    open: () => Promise.reject(new Error(`There is no ${places[0]}`)),
  };
}

/** One of 2022, from npm. It needs the libraries of the system's Chromium. */
export const oldChromium: Installed = {
  unavailable: runtimes.oldChromium === undefined
    ? "npm has no binary for this platform"
    : browsers.chromium.unavailable,
  async open(): Promise<Browser> {
    const folder = await Deno.makeTempDir();
    const executablePath = `${folder}/chromium`;
    await pipeline(
      createReadStream(runtimes.oldChromium ?? ""),
      createBrotliDecompress(),
      createWriteStream(executablePath, { mode: 0o755 }),
    );
    const args = ["--no-sandbox", "--disable-gpu", "--single-process", "--no-zygote"];
    const browser = await launch("chromium", { executablePath, args });
    return {
      newTab: browser.newTab,
      async close(): Promise<void> {
        await browser.close();
        await Deno.remove(folder, { recursive: true });
      },
    };
  },
};

async function launch(
  engine: "chromium" | "firefox",
  options: Parameters<BrowserType["launch"]>[0],
): Promise<Browser> {
  // Loaded only now: it may not have been downloaded before. Later versions drive no Firefox ESR.
  const playwright = await import("npm:playwright-core@1.64.1");
  const browser = await playwright[engine].launch({ headless: true, ...options });
  const context = await browser.newContext();
  return {
    async newTab(): Promise<Tab> {
      const page = await context.newPage();
      return {
        goto: async (url) => void await page.goto(url),
        back: () => goBack(page),
        evaluate: (expression) => page.evaluate(expression),
        resize: (width, height) => page.setViewportSize({ width, height }),
        ...(engine === "firefox" ? {} : {
          setScheme: (colorScheme: "light" | "dark") => page.emulateMedia({ colorScheme }),
        }),
        close: () => page.close(),
      };
    },
    close: () => browser.close(),
  };
}

/**
 * Playwright's `goBack` waits in vain in Firefox, and for a page in the back/forward cache. In Firefox
 * its `waitForURL` misses a page now and then.
 */
async function goBack(page: Page): Promise<void> {
  const url = page.url();
  const end = performance.now() + PATIENCE;
  await page.evaluate("void setTimeout(() => history.back())");
  while (page.url() === url && performance.now() < end) {
    const href = page.evaluate<string>("location.href").catch(() => url);
    const late = new Promise<string>((resolve) => setTimeout(() => resolve(url), 1000));
    if (await Promise.race([href, late]) !== url) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (page.url() === url) throw new Error(`The browser has not gone back from ${url}`);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
