/**
 * The browser of the tests: the Chromium of the system, driven by playwright-core.
 *
 * @module
 */

import type { Browser } from "npm:playwright-core@^1.65.1";

/** Where systems have it. */
const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Why the tests of pages are not run. */
export const NO_CHROMIUM: string =
  `there is no Chromium at ${PLACES.slice(0, 3).join(", ")}: install it ` +
  "(apt-get install chromium), or name it in the environment variable CHROMIUM";

/** The path of Chromium: what CHROMIUM says, be it there or not, or where systems have it. */
export function findChromium(): string | undefined {
  return Deno.env.get("CHROMIUM") || PLACES.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** Starts it, without a window, with further arguments. */
export async function launchChromium(
  executablePath: string,
  ...args: readonly string[]
): Promise<Browser> {
  // Loaded only now: it may not have been downloaded before.
  const { chromium } = await import("npm:playwright-core@^1.65.1");
  return await chromium.launch({
    executablePath,
    headless: true,
    args: ["--no-sandbox", "--disable-background-networking", ...args],
    // As the browsers of users have it.
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
  });
}
