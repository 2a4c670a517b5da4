/**
 * The parser in a JavaScript engine that has nothing of the web: no streams, no TextDecoder, no
 * events.
 */

import { assertEquals } from "@std/assert";
import variant from "npm:@jitl/quickjs-wasmfile-release-sync@^0.32.0";
import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSSyncVariant,
} from "npm:quickjs-emscripten-core@^0.32.0";
import { run } from "../../scripts/npm/command.ts";
import { LOCK, ROOT } from "../../scripts/npm/config.ts";
import { test } from "../harness.ts";

test("QuickJS: createParser parses text where there is nothing of the web", async () => {
  const file = await Deno.makeTempFile({ suffix: ".js" });
  const entry = new URL("children/quickjs.ts", import.meta.url).pathname;
  const options = ["--quiet", LOCK, "--platform", "browser", "--format", "iife"];
  let code: string;
  try {
    await run([Deno.execPath(), "bundle", ...options, "-o", file, entry], ROOT);
    code = await Deno.readTextFile(file);
  } finally {
    await Deno.remove(file);
  }
  const quickJs = await newQuickJSWASMModuleFromVariant(
    variant as unknown as QuickJSSyncVariant,
  );
  assertEquals(
    quickJs.evalCode("typeof TextDecoder + typeof TransformStream"),
    "undefinedundefined",
  );
  assertEquals(JSON.parse(String(quickJs.evalCode(`${code}; records`))), [
    { id: "1", data: "a\n\u20AC" },
    { id: "2", event: "x", data: "b" },
  ]);
});
