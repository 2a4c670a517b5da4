/**
 * The public types: that they need no runtime's own, and how they fit what others have written.
 */

import { assert } from "@std/assert";
import { ROOT } from "../../scripts/npm/config.ts";
import { runCommand } from "../command.ts";
import { test } from "../harness.ts";

const WEB_ONLY = ["--config", "tests/web_only.json"];
const LISTENERS = "tests/host/types/listeners.ts";
const PLATFORM = "tests/host/types/platform.ts";

const CHECKS: Readonly<Record<string, readonly string[]>> = {
  "the library needs the web's types alone": [
    ...WEB_ONLY,
    "mod.ts",
    "browser.ts",
    "parser.ts",
    "polyfill.ts",
  ],
  "listeners get what their event is, with the web's types": [...WEB_ONLY, LISTENERS],
  "listeners get what their event is, with Deno's types": [LISTENERS],
  "EventSource fits the DOM library's, and not the reverse": [...WEB_ONLY, PLATFORM],
  "EventSource fits Deno's, and not the reverse": [PLATFORM],
};

for (const [what, args] of Object.entries(CHECKS)) {
  test(`types: ${what}`, async () => {
    const { code, errors } = await runCommand([Deno.execPath(), "check", "--quiet", ...args], ROOT);
    assert(code === 0, errors);
  });
}
