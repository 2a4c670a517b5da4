/**
 * The tests that need no document, on Deno, Node.js and Bun: each file in a process of its own.
 *
 * @module
 */

import { prepare, runtime } from "../prepare.ts";
import { node, runtimes } from "../runtimes.ts";
import { startWptServer } from "./server.ts";

/** What these tests ask of a page, which no other runtime has. */
const NEEDS_PAGE: Readonly<Record<string, string>> = {
  "eventsource-bfcache.window.js": "the back/forward cache",
  "eventsource-constructor-url-multi-window.htm": "frames",
  "eventsource-cross-origin.window.js": "CORS",
  "eventsource-cross-origin-preflight.window.js": "CORS",
  "eventsource-onmessage-realm.htm": "frames",
  "eventsource-request-cancellation.window.js": "window.stop()",
  "eventsource-request-cancellation.any.js": "window.stop()",
};

/** Sub-tests of files whose others need no page. */
const SUB_TESTS_NEED_PAGE: Readonly<Record<string, string>> = {
  "EventSource: credentials: credentials enabled": "a cookie jar",
};

/** No script can set `isTrusted` on Bun: its Event defines it on each object. */
const EXPECTED_TO_FAIL: Readonly<Record<string, readonly string[]>> = {
  bun: ["EventSource message events are trusted"],
};

interface Result {
  readonly name: string;
  readonly ok: boolean;
  readonly message: string | null;
}

const child = new URL("./child.ts", import.meta.url).pathname;

/** Runs the tests, prints what became of them, and returns how many failed. */
export async function runRuntimes(checkout: string, all: readonly string[]): Promise<number> {
  // Shared workers are a matter of pages.
  const files = all.filter((file) => !file.startsWith("shared-worker/"));
  await prepare([runtime("node-24"), runtime("bun")]);
  let failed = 0;
  for (
    const [name, command] of [
      ["deno", [Deno.execPath(), "run", "--allow-all", "--quiet"]],
      ["node", [node]],
      ["bun", [runtimes.bun]],
    ] as const
  ) {
    let passed = 0;
    // One each: the server remembers who has been there.
    const server = startWptServer();
    for (const file of files) {
      if (file in NEEDS_PAGE) continue;
      for (const result of await runFile(checkout, server.addr.port, command, file)) {
        if (result.name in SUB_TESTS_NEED_PAGE) continue;
        if (result.ok) passed++;
        else if (EXPECTED_TO_FAIL[name]?.includes(result.name)) {
          console.log(`${name}: not possible: ${result.name}`);
        } else {
          failed++;
          console.log(`${name}: FAILED: ${file}: ${result.name}: ${result.message}`);
        }
      }
    }
    console.log(`${name}: ${passed} sub-tests passed`);
    await server.shutdown();
  }
  for (const [file, what] of Object.entries(NEEDS_PAGE)) {
    if (files.includes(file)) console.log(`not run: ${file} needs ${what}`);
  }
  for (const [name, what] of Object.entries(SUB_TESTS_NEED_PAGE)) {
    console.log(`not counted: "${name}" needs ${what}`);
  }
  return failed;
}

async function runFile(
  checkout: string,
  port: number,
  [command = "", ...args]: readonly string[],
  file: string,
): Promise<Result[]> {
  const url = `http://localhost:${port}/eventsource/${file}`;
  const { stdout, stderr } = await new Deno.Command(command, {
    args: [
      ...args,
      child,
      `${checkout}/resources/testharness.js`,
      `${checkout}/eventsource/${file}`,
      url,
    ],
    signal: AbortSignal.timeout(30_000),
  }).output();
  const line = new TextDecoder().decode(stdout).trim().split("\n").at(-1) ?? "";
  try {
    return JSON.parse(line);
  } catch {
    return [{ name: "(all)", ok: false, message: new TextDecoder().decode(stderr) }];
  }
}
