/**
 * What is reported as an uncaught exception: what the user's own functions throw, once, and nothing
 * more.
 */

import { assertEquals } from "@std/assert";
import { script } from "../scripted.ts";
import { testPrograms } from "./programs.ts";

testPrograms(
  "uncaught: what handlers throw is reported once, and the source goes on",
  async (run) => {
    const server = await script(
      { steps: [{ write: "retry: 20\n: x\ndata: a\n\nevent: named\ndata: b\n\n" }, "end"] },
      { steps: [{ write: "data: c\n\nevent: last\ndata: d\n\n" }] },
    );
    const { lines, code, report } = await run("uncaught.ts", server.url);
    // Sorted: some runtimes report at once, some in a later task.
    assertEquals(
      lines.map(({ text }) => text).sort(),
      [
        "caught Error: comment x",
        "caught Error: listener b",
        "caught Error: onerror",
        "caught Error: onmessage a",
        "caught Error: onmessage c",
        "caught Error: onopen",
        "caught Error: onopen",
        "closed",
        "next listener b",
      ],
      report,
    );
    assertEquals(code, 0);
  },
);

testPrograms("uncaught: nothing, where the prototypes of the language are frozen", async (run) => {
  const { lines, code, report } = await run("frozen.ts");
  assertEquals(lines.map(({ text }) => text), ["message a", "EventSourceError 2"], report);
  assertEquals(code, 0);
});

testPrograms(
  "uncaught: what handlers throw, where EventTarget is replaced by one that throws it",
  async (run) => {
    const { lines, code, report } = await run("throwing_target.ts");
    assertEquals(
      lines.map(({ text }) => text),
      ["onopen", "onmessage a", "onmessage b", "The stream ended"]
        .map((message) => `caught Error: ${message}`),
      report,
    );
    assertEquals(code, 0);
  },
);
