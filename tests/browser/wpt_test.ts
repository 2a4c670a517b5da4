/**
 * `deno task test:wpt --browser`, on a checkout of its own: a harness of a few lines, and tests that
 * tell whose class they met.
 */

import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../../scripts/npm/config.ts";
import { runCommand } from "../command.ts";
import { config, test } from "../harness.ts";

const engine = config.runtime.split("-")[1] ?? "";

/** What of the original's harness the pages use: tests run at once, in a page or a worker. */
const HARNESS = `
const tests = [];
let complete, isInWorker = false;
self.setup = () => {};
self.add_completion_callback = (callback) => {
  complete = (tests) => callback(tests, { status: 0, message: null, OK: 0, TIMEOUT: 2 });
};
self.test = (body, name) => {
  try {
    body();
    tests.push({ name, status: 0, message: null });
  } catch (error) {
    tests.push({ name, status: 1, message: String(error) });
  }
};
self.fetch_tests_from_worker = (worker) => {
  isInWorker = true;
  worker.onmessage = ({ data }) => complete(data);
};
self.done = () => self.postMessage(tests);
self.addEventListener("load", () => setTimeout(() => isInWorker || complete(tests)));
`;

/** Passes with our class, and fails with the engine's. */
const OURS = `test(() => { EventSource.prototype.reconnect.name; }, "ours");\n`;
const FRAMES = "<!DOCTYPE html>\n" +
  '<script src="/resources/testharness.js"></script>\n' +
  '<script src="/resources/testharnessreport.js"></script>\n' +
  '<iframe src="resources/frame.htm"></iframe>\n' +
  '<script>onload = () => test(() => { frames[0].EventSource.prototype.reconnect.name; }, "ours")' +
  "</script>\n";

async function runTests(files: Readonly<Record<string, string>>) {
  const folder = await Deno.makeTempDir();
  const task = [Deno.execPath(), "task", "--quiet", "test:wpt", folder, "--browser", engine];
  try {
    const all = { "dedicated-worker/ours.worker.js": "", "shared-worker/none.js": "", ...files };
    await Deno.mkdir(`${folder}/resources`);
    await Deno.writeTextFile(`${folder}/resources/testharness.js`, HARNESS);
    for (const [path, text] of Object.entries(all)) {
      const file = new URL(`file://${folder}/eventsource/${path}`);
      await Deno.mkdir(new URL(".", file), { recursive: true });
      await Deno.writeTextFile(file, text);
    }
    const { code, output, errors } = await runCommand(task, ROOT, 240_000);
    const rows = output.split("\n").map((line) => line.trim().split(/ {2,}/).join(" "));
    return { code, rows, text: output + errors };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

test("wpt: pages, frames and workers get our class, and the engine's own beside it", async () => {
  const { code, rows, text } = await runTests({
    "dedicated-worker/ours.worker.js":
      `importScripts("/resources/testharness.js");\n${OURS}done();\n`,
    "ours.any.js": OURS,
    "ours.window.js": OURS,
    "frames.htm": FRAMES,
    "resources/frame.htm": "<!DOCTYPE html>\n",
  });
  assertEquals(rows.slice(0, -1), [
    `${engine} ours its own`,
    "dedicated-worker/ours.worker.js 1/1 0/1",
    "frames.htm 1/1 0/1",
    "ours.any.js 2/2 0/2",
    "ours.window.js 1/1 0/1",
    "together 5/5 0/5",
    `${engine}: 0 not as expected`,
  ], text);
  assertEquals(code, 0, text);
});

test("wpt: a failure that is not on the list is one, and so is a success that should fail", async () => {
  const { code, rows, text } = await runTests({
    "empty.window.js": "",
    "dedicated-worker/ours.worker.js":
      `importScripts("/resources/testharness.js");\ntest(() => missing, "broken");\ndone();\n`,
    "eventsource-onmessage-trusted.any.js":
      `test(() => {}, "EventSource message events are trusted");\n`,
  });
  assertEquals(code, 1, text);
  assert(rows.includes("together 2/3 2/3"), text);
  assert(
    rows.some((row) => row.startsWith("dedicated-worker/ours.worker.js: FAILED: broken: ")),
    text,
  );
  assert(rows.includes("empty.window.js: FAILED: (the file): it has no tests"), text);
  const success = "PASSES, though expected to fail: EventSource message events are trusted";
  assert(rows.includes(`eventsource-onmessage-trusted.any.js: ${success}`), text);
  assert(rows.includes(`${engine}: 3 not as expected`), text);
});
