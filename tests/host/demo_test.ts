import { assert, assertEquals } from "@std/assert";
import { ROOT } from "../../scripts/npm/config.ts";
import { runCommand } from "../command.ts";
import { test } from "../harness.ts";

test("demo: one connection is lost, no event is, and it ends by itself", async () => {
  const started = performance.now();
  const { output, errors, code } = await runCommand([Deno.execPath(), "task", "demo"], ROOT);
  const seconds = (performance.now() - started) / 1000;
  assertEquals(code, 0, output + errors);
  assert(seconds < 20, `took ${seconds} s`);

  const lost = output.split("\n").filter((line) => line.includes("connection lost"));
  assertEquals(lost.length, 1, output);
  const ids = Array.from(output.matchAll(/^ *(\d+) {2}\d\d:\d\d:\d\d/gm), ([, id]) => Number(id));
  assert(ids.length >= 10, output);
  assertEquals(ids, ids.map((_, index) => index + 1));

  const story = [
    /^ *6 /m,
    /connection lost: .+\n.*reconnecting in \d+ ms\n/,
    /resumed after event 6: nothing lost\n *7 /,
    /^All \d+ events came/m,
  ];
  const places = story.map((chapter) => output.search(chapter));
  assert(!places.includes(-1), output);
  assertEquals(places, places.toSorted((a, b) => a - b));
});
