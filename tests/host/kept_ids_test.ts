/**
 * An id that is kept does not keep the chunk that it came in.
 */

import { assert, assertEquals } from "@std/assert";
import { runtimes } from "../../scripts/runtimes.ts";
import { runCommand } from "../command.ts";
import { test } from "../harness.ts";

const node = runtimes.node("24");

for (const [name, command] of [["V8", node], ["JavaScriptCore", runtimes.bun]] as const) {
  test(
    `lastEventId: does not keep its chunk in ${name}`,
    async () => {
      const options = name === "V8" ? ["--expose-gc"] : [];
      const { output, errors } = await runCommand(
        [command ?? "", ...options, "kept_ids.ts"],
        new URL("children/", import.meta.url),
      );
      const bytes = output.trim().split("\n").map(parseFloat);
      assertEquals(bytes.length, 2, errors);
      // A chunk has 60,000; a closed source, 5,400.
      assert(bytes.every((each) => each < 12_000), output);
    },
    command === undefined
      ? { skip: { host: "npm has no binary of Node.js for this platform" } }
      : {},
  );
}
