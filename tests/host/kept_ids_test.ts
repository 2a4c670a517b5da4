/**
 * An id that is kept does not keep the chunk that it came in.
 */

import { assert } from "@std/assert";
import { runtimes } from "../../scripts/runtimes.ts";
import { runCommand } from "../command.ts";
import { test } from "../harness.ts";

const node = runtimes.node("24");

test("lastEventId: does not keep its chunk", async () => {
  const { output, errors } = await runCommand(
    [node ?? "", "--expose-gc", "kept_ids.ts"],
    new URL("children/", import.meta.url),
  );
  const bytes = parseFloat(output);
  // A chunk has 60,000; a closed source, 5,400.
  assert(bytes < 12_000, output + errors);
}, node === undefined ? { skip: { host: "npm has no binary of Node.js for this platform" } } : {});
