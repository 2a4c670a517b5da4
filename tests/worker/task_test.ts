/** The task that runs the example: it takes along what it has started and written. */

import { assertEquals, assertRejects } from "@std/assert";
import { ROOT } from "../../scripts/npm/config.ts";
import { test } from "../harness.ts";

/** How long the task may take to start, and to end, in milliseconds. */
const PATIENCE = 30_000;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  test(`Worker: the example's task ends with ${signal}, and leaves nothing behind`, async () => {
    const temporary = await Deno.makeTempDir();
    const task = new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "example:worker"],
      cwd: ROOT,
      env: { NO_COLOR: "1", TMPDIR: temporary },
      stdout: "piped",
    }).spawn();
    const tooLong = setTimeout(() => task.kill("SIGKILL"), PATIENCE);
    const output = task.stdout.pipeThrough(new TextDecoderStream()).values();
    const { value: line = "" } = await output.next();
    const [, url = ""] = /^The example Worker listens at (\S+),/.exec(line) ?? [];
    const response = await fetch(`${url}/`);
    await response.body?.cancel();
    assertEquals(response.status, 404, line);

    task.kill(signal);
    const { code } = await task.status;
    clearTimeout(tooLong);
    await output.return?.();
    assertEquals(code, 0);
    await assertRejects(() => fetch(`${url}/`), TypeError);
    assertEquals([...Deno.readDirSync(temporary)], []);
    await Deno.remove(temporary, { recursive: true });
  });
}
