/**
 * What Deno does not permit is not asked for again and again.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { runCommand } from "../command.ts";
import { test } from "../harness.ts";
import { script } from "../scripted.ts";

const CHILDREN = new URL("children/", import.meta.url);

/** What the program prints where it may connect to `permitted` alone. */
async function follow(url: string, permitted: string): Promise<string> {
  const { code, output, errors } = await runCommand([
    ...[Deno.execPath(), "run", "--quiet", "--no-prompt", `--allow-net=${permitted}`],
    ...["forbidden.ts", url],
  ], CHILDREN);
  assertEquals(code, 0, errors);
  return output;
}

test("permission: a request that Deno does not permit fails for good", async () => {
  assertMatch(
    await follow("http://localhost:8000/", "other.example"),
    /^request false Cannot connect to http:\/\/localhost:8000\/: .*"localhost:8000".*\n$/,
  );
});

test("permission: a redirect to where Deno permits nothing says where", async () => {
  const server = await script({
    status: 302,
    headers: { Location: "http://us3r:s3cret@localhost:8000/there?key=s3cret" },
    steps: ["end"],
  });
  const printed = await follow(server.url, new URL(server.url).host);
  const where = `http://localhost:8000/there (redirected from ${server.url})`;
  assert(printed.startsWith(`request false Cannot connect to ${where}: `), printed);
  assert(!printed.includes("s3cret"), printed);
});
