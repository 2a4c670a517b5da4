/**
 * What Deno does not permit is not asked for again and again.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { runCommand } from "../command.ts";
import { config, test } from "../harness.ts";
import { script, streaming } from "../scripted.ts";

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
    /^unsupported false Cannot connect to http:\/\/localhost:8000\/: .*"localhost:8000".*\n$/,
  );
});

test("permission: a redirect to where Deno permits nothing says where", async () => {
  const server = await script({
    status: 302,
    headers: { Location: "http://us3r:s3cret@localhost:8000/there?key=s3cret" },
    steps: ["end"],
  });
  const printed = await follow(server.url, new URL(server.url).host);
  const start = "unsupported false Cannot connect to http://localhost:8000/there: ";
  assert(printed.startsWith(start), printed);
  assert(printed.trimEnd().endsWith(`(redirected from ${server.url})`), printed);
  assert(!printed.includes("s3cret"), printed);
});

const { proxies, tls } = config;
const SECURE = tls.urls.valid;
const CA = { https: { ca: tls.ca } };
const HTTP_PROXY = { proxy: `http://${proxies.open}` };
const SOCKS_PROXY = { proxy: `socks5://${proxies.socks}` };
const LENIENT = { https: { rejectUnauthorized: false } };
const SYSTEM = ["--allow-sys", "--allow-env=NODE_USE_SYSTEM_CA"];
const ENVIRONMENT = ["--allow-env"];

/** What docs/runtimes.md says that `./node` needs besides the network: each flag, and no other. */
const NEEDS: readonly (readonly [
  what: string,
  url: string | undefined,
  options: object,
  flags: readonly string[],
])[] = [
  ["http:", undefined, {}, []],
  ["https:", SECURE, {}, SYSTEM],
  ["https: with rejectUnauthorized", SECURE, LENIENT, SYSTEM],
  ["https: with ca", SECURE, CA, []],
  ["an http: proxy", undefined, HTTP_PROXY, []],
  ["an http: proxy for https:", SECURE, HTTP_PROXY, SYSTEM],
  ["an http: proxy for https: with ca", SECURE, { ...HTTP_PROXY, ...CA }, []],
  [
    "an http: proxy for https: with rejectUnauthorized",
    SECURE,
    { ...HTTP_PROXY, ...LENIENT },
    SYSTEM,
  ],
  // The server answers as a proxy does that is sent the request itself.
  ["an https: proxy", undefined, { proxy: SECURE }, SYSTEM],
  ["a SOCKS proxy", undefined, SOCKS_PROXY, []],
  ["a SOCKS proxy for https:", SECURE, SOCKS_PROXY, SYSTEM],
  ["a SOCKS proxy for https: with ca", SECURE, { ...SOCKS_PROXY, ...CA }, []],
  [
    "a SOCKS proxy for https: with rejectUnauthorized",
    SECURE,
    { ...SOCKS_PROXY, ...LENIENT },
    SYSTEM,
  ],
  ["the environment's proxies", undefined, { proxy: "env" }, ENVIRONMENT],
  ["the environment, without a proxy for https:", SECURE, { proxy: "env" }, [
    ...ENVIRONMENT,
    "--allow-sys",
  ]],
];

for (const [what, url, options, flags] of NEEDS) {
  test(`permission: ./node takes ${flags.join(" ") || "nothing"} for ${what}`, async () => {
    const target = url ?? (await script(streaming("data: secure\n\n"))).url;
    const run = async (given: readonly string[]): Promise<string> => {
      const { output, errors } = await runCommand([
        ...[Deno.execPath(), "run", "--quiet", "--no-prompt", "--allow-net", ...given],
        ...["permitted.ts", target, JSON.stringify(options)],
      ], CHILDREN);
      return output + errors;
    };
    assertEquals(await run(flags), "secure\n");
    for (const flag of flags) {
      assertMatch(await run(flags.filter((other) => other !== flag)), /Requires (env|sys) access/);
    }
  });
}
