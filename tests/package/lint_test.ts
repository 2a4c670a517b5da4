/**
 * What publint and are-the-types-wrong say about the package: nothing.
 */

import { assertEquals } from "@std/assert";
import { lintPackage } from "../../scripts/npm/lint.ts";
import { test } from "../harness.ts";

test("package: publint and are-the-types-wrong find nothing", async () => {
  assertEquals(await lintPackage(), []);
});
