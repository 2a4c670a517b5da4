/**
 * How a source holds and releases its process.
 */

import { assert, assertEquals } from "@std/assert";
import { type Answer, script } from "../scripted.ts";
import { listenInSilence } from "./loopback.ts";
import { testPrograms } from "./programs.ts";

/** How soon a process with nothing left to do must have ended, in milliseconds. */
const AT_ONCE = 1500;

const OPEN: Answer = { steps: [{ write: "data: a\n\n" }] };
/** The wait that follows is longer than any test. */
const ENDING: Answer = { steps: [{ write: "retry: 60000\n\n" }, "end"] };
/** Its body never ends. */
const REJECTED: Answer = { status: 404, steps: [{ write: "not here" }] };

/** By the way that a source is closed, what its server answers. */
const WAYS: Readonly<Record<string, Answer | "silence">> = {
  "after a message": OPEN,
  "right after the constructor": OPEN,
  "during the connect": "silence",
  "while waiting to reconnect": ENDING,
  "in the error event before the wait": ENDING,
  "by its signal": OPEN,
  "by its signal, while waiting to reconnect": ENDING,
  "by a signal that is aborted already": OPEN,
  "by a rejected response": REJECTED,
  "by a rejected response that a listener looked at": REJECTED,
  "made from the body of a response": OPEN,
  "with Symbol.dispose": OPEN,
};

for (const [way, answer] of Object.entries(WAYS)) {
  testPrograms(`process: ends once its source is closed, ${way}`, async (run) => {
    using silence = listenInSilence();
    const url = answer === "silence" ? silence.url : (await script(answer)).url;
    const { lines, code, endedAt, report } = await run("close.ts", way, url);
    assertEquals([lines.map(({ text }) => text), code], [["closed"], 0], report);
    const took = endedAt - (lines[0]?.at ?? 0);
    assert(took < AT_ONCE, `took ${took} ms to end`);
  });
}

testPrograms("process: lives on while its source waits to reconnect", async (run) => {
  const server = await script(
    { steps: [{ write: "retry: 400\n\n" }, "end"] },
    { steps: [{ write: "data: second\n\n" }] },
  );
  const { lines, code, report } = await run("wait.ts", server.url);
  assertEquals([lines.map(({ text }) => text), code], [["message second"], 0], report);
  assertEquals(await server.count(), 2);
});
