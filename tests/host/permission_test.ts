/**
 * What Deno does not permit is not asked for again and again.
 */

import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";

const PROGRAM = new URL("children/forbidden.ts", import.meta.url).pathname;

test("permission: a request that Deno does not permit fails for good", async () => {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", PROGRAM],
    stdin: "null",
    signal: AbortSignal.timeout(20_000),
  }).output();
  assertEquals([new TextDecoder().decode(stdout), code], ["request false\n", 0]);
});
