/**
 * The proxies that the environment names: obeyed where they are asked for, and by default where the
 * runtime's own requests obey them.
 */

import { assert, assertEquals } from "@std/assert";
import { config, test } from "../harness.ts";
import { script } from "../scripted.ts";
import { createProject } from "./project.ts";
import { nodes, runtimes } from "./tools.ts";

const project = await createProject();
const program = project.write(
  "follow.mjs",
  `import { EventSource } from "@x/eventsource";
const [url, proxy] = process.argv.slice(2);
const init = proxy === "default" ? {} : { proxy: proxy === "false" ? false : proxy };
const source = new EventSource(url, init);
source.onmessage = ({ data }) => {
  console.log(data);
  source.close();
};
source.onerror = ({ message }) => {
  console.log(message);
  source.close();
};`,
);

/** Follows a stream with a proxy in the environment; whether that has been gone through. */
async function goesThrough(
  binary: string,
  option: string,
  noProxy = "",
): Promise<boolean> {
  const server = await script({ steps: [{ write: "data: a\n\n" }] });
  const { stdout } = await new Deno.Command(binary, {
    args: [program, server.url, option],
    cwd: project.folder,
    env: {
      HTTP_PROXY: `http://${config.proxies.open}`,
      NO_PROXY: noProxy,
      no_proxy: noProxy,
    },
    signal: AbortSignal.timeout(20_000),
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "a\n");
  const response = await fetch(`http://${config.proxies.control}/`);
  const { open }: { open: { target: string }[] } = await response.json();
  return open.some(({ target }) => target.includes(new URL(server.url).pathname));
}

for (const [name, binary] of nodes) {
  test(`environment: "env" obeys HTTP_PROXY and NO_PROXY, and nothing else does [${name}]`, async () => {
    assert(await goesThrough(binary, "env"));
    assert(!await goesThrough(binary, "env", "127.0.0.1"));
    assert(!await goesThrough(binary, "default"));
    assert(!await goesThrough(binary, "false"));
  });
}

const { open, authenticated, socks, socksAuthenticated } = config.proxies;

/** What people set, and which proxy each is about: of HTTP targets, and of HTTPS ones. */
const ENVIRONMENTS: readonly [Record<string, string>, http: Hop, https: Hop][] = [
  [{ HTTPS_PROXY: open }, undefined, "open"],
  [{ https_proxy: `http://${open}` }, undefined, "open"],
  [
    { HTTP_PROXY: `http://${open}`, HTTPS_PROXY: `http://${open}` },
    "open",
    "open",
  ],
  [{ HTTP_PROXY: open, HTTPS_PROXY: `http://${open}/` }, "open", "open"],
  [
    { HTTPS_PROXY: `http://us3r:p%40ss@${authenticated}` },
    undefined,
    "authenticated",
  ],
  [
    { ALL_PROXY: `http://us3r:p%40ss@${authenticated}` },
    "authenticated",
    "authenticated",
  ],
  [{ ALL_PROXY: open }, "open", "open"],
  [{ all_proxy: `http://${open}` }, "open", "open"],
  [{ ALL_PROXY: `socks5://${socks}` }, "socks", "socks"],
  [
    { ALL_PROXY: `socks5h://us3r:p%40ss@${socksAuthenticated}` },
    ...both("socksAuthenticated"),
  ],
  [
    { HTTP_PROXY: `http://${open}`, ALL_PROXY: `socks5://${socks}` },
    "open",
    "socks",
  ],
];
type Hop =
  | "open"
  | "authenticated"
  | "socks"
  | "socksAuthenticated"
  | undefined;

function both(hop: Hop): [Hop, Hop] {
  return [hop, hop];
}

for (const [name, binary] of nodes) {
  test(`environment: "env" takes what proxies are named by [${name}]`, async () => {
    for (const [env, forHttp, forHttps] of ENVIRONMENTS) {
      const server = await script({ steps: [{ write: "data: a\n\n" }] });
      const targets = [[server.url, "a\n", forHttp], [
        config.tls.urls.valid,
        "secure\n",
        forHttps,
      ]] as const;
      for (const [url, expected, hop] of targets) {
        const before = await countRequests();
        const { stdout } = await new Deno.Command(binary, {
          args: [program, url, "env"],
          cwd: project.folder,
          env: { ...env, NO_PROXY: "", no_proxy: "" },
          signal: AbortSignal.timeout(20_000),
        }).output();
        const what = `${JSON.stringify(Object.keys(env))} for ${new URL(url).protocol}`;
        assertEquals(new TextDecoder().decode(stdout), expected, what);
        const after = await countRequests();
        const gone = Object.keys(after).filter((proxy) => after[proxy]! > (before[proxy] ?? 0));
        assertEquals(gone, hop === undefined ? [] : [hop], what);
      }
    }
  });
}

/** How many requests and connections have gone through each proxy. */
async function countRequests(): Promise<Record<string, number>> {
  const seen = await (await fetch(`http://${config.proxies.control}/`)).json();
  return Object.fromEntries(
    Object.entries(seen).map((
      [proxy, entries],
    ) => [proxy, (entries as unknown[]).length]),
  );
}

test("environment: Bun obeys it, unless told not to", async () => {
  assert(await goesThrough(runtimes.bun, "default"));
  assert(await goesThrough(runtimes.bun, "env"));
  assert(!await goesThrough(runtimes.bun, "env", "127.0.0.1"));
  assert(!await goesThrough(runtimes.bun, "false"));
});
