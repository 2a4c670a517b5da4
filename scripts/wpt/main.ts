/**
 * Runs the `eventsource/` tests of the Web Platform Tests: `deno task test:wpt CHECKOUT`, on Deno,
 * Node.js and Bun those that need no document; with `--browser`, all of them in a browser, with our
 * class in the place of the engine's, beside the engine's own result.
 *
 * The checkout is the user's: its tests are not part of this repository. A folder that holds
 * `eventsource/`, `resources/` and `common/` is enough.
 *
 * @module
 */

import { checkNames, readArguments, refuse } from "../arguments.ts";
import { browsers, type Engine } from "../browser.ts";
import { runBrowsers } from "./browsers.ts";
import { runRuntimes } from "./runtimes.ts";

const engines = Object.keys(browsers);

const { argument: checkout, values } = readArguments({
  command: "deno task test:wpt",
  argument: "CHECKOUT",
  about: "Runs the eventsource tests of a checkout of web-platform-tests/wpt, a folder.",
  options: {
    browser: {
      type: "string",
      multiple: true,
      value: "NAME",
      help: `in this browser instead (repeatable): ${engines.join(", ")}`,
    },
  },
});

const chosen = values.browser ?? [];
checkNames("browser", chosen, engines);
const files = ["", "dedicated-worker/", "shared-worker/"].flatMap(list).sort();
const failed = chosen.length === 0
  ? await runRuntimes(checkout, files)
  : await runBrowsers(chosen as Engine[], checkout, files);
Deno.exit(failed === 0 ? 0 : 1);

/** The tests in a folder. */
function list(folder: string): string[] {
  const path = `${checkout}/eventsource/${folder}`;
  try {
    return [...Deno.readDirSync(path)].map(({ name }) => folder + name)
      .filter((name) => /\.(any|window|worker)\.js$|\.html?$/.test(name));
  } catch (error) {
    return refuse(`${path} cannot be read: ${(error as Error).message}`);
  }
}
