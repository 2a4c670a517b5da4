/**
 * Which requests go through the proxies of an environment: on every runtime and entry as by curl.
 */

import { createServer, type Server } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { assertEquals, assertMatch } from "@std/assert";
import { runtimes } from "../../scripts/runtimes.ts";
import { config, test, type TestOptions } from "../harness.ts";
import { script, streaming } from "../scripted.ts";

/** What is asked: an HTTP proxy, one of SOCKS, or neither; or that nothing is sent at all. */
type Way = "proxy" | "SOCKS" | "direct" | "refused";

interface Row {
  /** `PROXY` and `SOCKS` stand for the host and port of each. */
  readonly env: Readonly<Record<string, string>>;
  readonly url: string;
  readonly way: Way;
  /** Why it is not compared with curl, whose versions differ. */
  readonly notByCurl?: string;
  /** Why Deno's fetch does otherwise by itself. With "env" it is kept from going through a proxy. */
  readonly notByDeno?: string;
  /** What would go past a proxy, and refuses to. */
  readonly refusedBy?: readonly string[];
}

const PORTS = { notByCurl: "7.88 knows no ports", notByDeno: "knows no ports" };
const CASE = { notByDeno: "compares letters as they stand" };
const STAR = {
  notByDeno: "takes * beside others",
  refusedBy: ["Deno's fetch", "Bun's fetch"],
};
const IPV6 = { notByCurl: "7.88 compares the text of IPv6 addresses" };
const HTTP = { http_proxy: "http://PROXY" };
const rows: readonly Row[] = [
  { env: {}, url: "http://host.invalid/", way: "direct" },
  { env: HTTP, url: "http://host.invalid/", way: "proxy" },
  { env: HTTP, url: "https://host.invalid/", way: "direct" },
  { env: { http_proxy: "PROXY" }, url: "http://host.invalid/", way: "proxy" },
  { env: { https_proxy: "PROXY" }, url: "https://host.invalid/", way: "proxy" },
  { env: { HTTPS_PROXY: "http://PROXY" }, url: "https://host.invalid/", way: "proxy" },
  { env: { all_proxy: "http://PROXY" }, url: "http://host.invalid/", way: "proxy" },
  { env: { ALL_PROXY: "http://PROXY" }, url: "https://host.invalid/", way: "proxy" },
  { env: { http_proxy: "", ALL_PROXY: "http://PROXY" }, url: "http://host.invalid/", way: "proxy" },
  { env: { all_proxy: "socks5h://SOCKS" }, url: "http://host.invalid/", way: "SOCKS" },
  {
    env: { HTTP_PROXY: "http://PROXY" },
    url: "http://host.invalid/",
    way: "proxy",
    notByCurl: "reads http_proxy alone, for the sake of CGI",
  },
  { env: { HTTP_PROXY: "PROXY", REQUEST_METHOD: "GET" }, url: "http://a.invalid/", way: "direct" },
  {
    env: { http_proxy: "PROXY", REQUEST_METHOD: "GET" },
    url: "http://a.invalid/",
    way: "proxy",
    notByDeno: "ignores http_proxy under CGI too",
  },
  ...exempt("*", "http://host.invalid/", "direct"),
  ...exempt("*,a.invalid", "http://host.invalid/", "proxy", STAR),
  ...exempt("a.invalid,*", "http://host.invalid/", "proxy", STAR),
  {
    env: { ...HTTP, no_proxy: "a.invalid", NO_PROXY: "host.invalid" },
    url: "http://host.invalid/",
    way: "proxy",
    notByDeno: "reads NO_PROXY first",
    refusedBy: ["Deno's fetch"],
  },
  ...exempt("host.invalid", "http://host.invalid/", "direct"),
  ...exempt("host.invalid", "http://HOST.invalid./", "direct", { notByDeno: "keeps the last dot" }),
  ...exempt("HOST.invalid", "http://host.invalid/", "direct", CASE),
  ...exempt("host.invalid.", "http://host.invalid/", "direct", { notByDeno: "keeps the last dot" }),
  ...exempt("host.invalid", "http://sub.host.invalid/", "direct"),
  ...exempt("host.invalid", "http://ghost.invalid/", "proxy"),
  ...exempt(".host.invalid", "http://host.invalid/", "direct"),
  ...exempt(".host.invalid", "http://sub.host.invalid/", "direct"),
  ...exempt(".host.invalid", "http://ghost.invalid/", "proxy"),
  ...exempt("a.invalid, b.invalid", "http://b.invalid/", "direct"),
  ...exempt("a.invalid b.invalid", "http://b.invalid/", "direct", { notByDeno: "wants commas" }),
  ...exempt("host.invalid/8", "http://host.invalid/", "proxy"),
  ...exempt("sub.host.invalid", "http://host.invalid/", "proxy"),
  ...exempt("127.0.0.1", "http://127.0.0.1:81/", "direct"),
  ...exempt("127.0.0.2", "http://127.0.0.1:81/", "proxy"),
  ...exempt("127.0.0.0/8", "http://127.1.2.3:81/", "direct"),
  ...exempt("127.0.0.0/30", "http://127.0.0.3:81/", "direct"),
  ...exempt("127.0.0.0/30", "http://127.0.0.4:81/", "proxy"),
  ...exempt("127.0.0.1/32", "http://127.0.0.1:81/", "direct"),
  ...exempt("127.0.0.1/33", "http://127.0.0.1:81/", "proxy"),
  ...exempt("::1", "http://[::1]:81/", "direct"),
  ...exempt("0:0::1", "http://[::1]:81/", "direct", IPV6),
  ...exempt("::/64", "http://[::1]:81/", "direct", IPV6),
  ...exempt("fe80::/10", "http://[::1]:81/", "proxy"),
  ...exempt("::2", "http://[::1]:81/", "proxy"),
  ...exempt("::/0", "http://127.0.0.1:81/", "proxy"),
  ...exempt("host.invalid:80", "http://host.invalid/", "direct", PORTS),
  ...exempt("host.invalid:8080", "http://sub.host.invalid:8080/", "direct", PORTS),
  ...exempt("127.0.0.1:82", "http://127.0.0.1:82/", "direct", PORTS),
  ...exempt("[::1]:82", "http://[::1]:82/", "direct", PORTS),
  ...exempt("host.invalid:8080", "http://host.invalid/", "proxy"),
  ...exempt("[::1]:82", "http://[::1]:81/", "proxy"),
];

/** A row of an exemption. */
function exempt(
  list: string,
  url: string,
  way: Way,
  not: Pick<Row, "notByCurl" | "notByDeno" | "refusedBy"> = {},
): Row[] {
  return [{ env: { ...HTTP, [rowName(list)]: list }, url, way, ...not }];
}

/** Either name, by chance of the text. */
function rowName(list: string): string {
  return list.length % 2 === 0 ? "no_proxy" : "NO_PROXY";
}

/** Runtimes whose environment is read by the library; `undefined` where a binary is missing. */
const PROGRAMS: readonly (readonly [
  name: string,
  command: readonly string[] | undefined,
  entry: string,
])[] = [
  ["./node on Deno", [Deno.execPath(), "run", "--allow-all"], "node"],
  ["Deno's fetch", [Deno.execPath(), "run", "--allow-net", "--allow-read", "--allow-env"], "mod"],
  ["Bun's fetch", [runtimes.bun], "mod"],
  ["./node on Bun", [runtimes.bun], "node"],
  ["./node on Node.js", nodeCommand("24"), "node"],
];

const DENO = [Deno.execPath(), "run", "--allow-net", "--allow-read"];

function skipWithout(command: readonly string[] | undefined): TestOptions {
  return command === undefined ? { skip: { host: "npm has no binary of Node.js for this" } } : {};
}

function nodeCommand(major: string): string[] | undefined {
  const binary = runtimes.node(major);
  return binary === undefined ? undefined : [binary];
}

/** Proxies that note what they are asked: those of HTTP answer, that of SOCKS hangs up. */
interface Proxies extends AsyncDisposable {
  /** Values with the hosts and ports in place. */
  fill(env: Readonly<Record<string, string>>): Record<string, string>;
  /** Which have been asked since the last call, in order. */
  take(): Way[];
}

async function startProxies(): Promise<Proxies> {
  const asked: Way[] = [];
  const http = createServer((_, response) => {
    asked.push("proxy");
    response.writeHead(200, { "Content-Type": "text/event-stream", Connection: "close" });
    response.end("data: by the proxy\n\n");
  });
  http.on("connect", (_, socket) => {
    asked.push("proxy");
    socket.on("error", () => {});
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  const socks = createTcpServer((socket) => {
    asked.push("SOCKS");
    socket.on("error", () => {}).destroy();
  });
  const [httpPort, socksPort] = await Promise.all([listen(http), listen(socks as Server)]);
  return {
    fill: (env) =>
      Object.fromEntries(
        Object.entries(env).map(([name, value]) => [
          name,
          value.replace("PROXY", `127.0.0.1:${httpPort}`).replace(
            "SOCKS",
            `127.0.0.1:${socksPort}`,
          ),
        ]),
      ),
    take: () => asked.splice(0),
    async [Symbol.asyncDispose](): Promise<void> {
      await Promise.all(
        [http, socks].map((server) => new Promise<unknown>((resolve) => server.close(resolve))),
      );
    },
  };
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

/** Runs a command with nothing in its environment but what is given, and a place for caches. */
async function run(
  [binary = "", ...args]: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string[]> {
  const { stdout, stderr } = await new Deno.Command(binary, {
    args: [...args],
    clearEnv: true,
    env: { ...place("HOME"), ...place("DENO_DIR"), ...place("PATH"), NO_COLOR: "1", ...env },
  }).output();
  const decoder = new TextDecoder();
  const lines = decoder.decode(stdout).trim().split("\n");
  return lines[0] === "" ? [decoder.decode(stderr)] : lines;
}

function place(name: string): Record<string, string> {
  const value = Deno.env.get(name);
  return value === undefined ? {} : { [name]: value };
}

const CHILD = new URL("children/environment_proxy.ts", import.meta.url).pathname;

interface Given {
  readonly entry: string;
  readonly proxy?: string | false;
  readonly https?: { readonly ca: string };
  readonly rows: readonly {
    readonly env: Readonly<Record<string, string>>;
    readonly url: string;
  }[];
  readonly setsEnvironment: boolean;
}

/** Makes requests in a process of their own: what came of each. */
async function ask(
  command: readonly string[],
  given: Given,
  env: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  return await run([...command, CHILD, JSON.stringify(given)], env);
}

/** The proxy that is asked; `undefined` for none. */
function asked(way: Way): Way | undefined {
  return way === "proxy" || way === "SOCKS" ? way : undefined;
}

/** Which way a request went, by what came of it: the errors say so. */
function wayOf(outcome: string): Way {
  if (/(cannot|would) go past the proxy/.test(outcome)) return "refused";
  if (/socks/i.test(outcome)) return "SOCKS";
  return /(by|through) the proxy/.test(outcome) ? "proxy" : "direct";
}

const hasCurl = await new Deno.Command("curl", { args: ["--version"], stdout: "null" })
  .output().then(({ success }) => success, () => false);

test("proxy of the environment: the table is what curl does", async () => {
  await using proxies = await startProxies();
  const wrong: string[] = [];
  for (const { env, url, way, notByCurl } of rows) {
    if (notByCurl !== undefined) continue;
    await run(["curl", "-q", "-s", "-m", "5", "-o", "/dev/null", url], proxies.fill(env));
    if (proxies.take()[0] !== asked(way)) wrong.push(`${url} by ${JSON.stringify(env)}`);
  }
  assertEquals(wrong, []);
}, hasCurl ? {} : { skip: { host: "there is no curl" } });

test("proxy of the environment: the table is what Deno's fetch does by itself", async () => {
  await using proxies = await startProxies();
  const wrong: string[] = [];
  for (const { env, url, way, notByDeno } of rows) {
    if (notByDeno !== undefined) continue;
    const given = { entry: "mod", rows: [{ env: {}, url }], setsEnvironment: false };
    const printed = await ask(DENO, given, proxies.fill(env));
    if (proxies.take()[0] === asked(way)) continue;
    wrong.push(`${url} by ${JSON.stringify(env)} printed ${printed}`);
  }
  assertEquals(wrong, []);
});

for (const [name, command, entry] of PROGRAMS) {
  test(`proxy of the environment: the table is what "env" does by ${name}`, async () => {
    await using proxies = await startProxies();
    const filled = rows.map(({ env, url }) => ({ env: proxies.fill(env), url }));
    const given = { entry, proxy: "env", rows: filled, setsEnvironment: true };
    const printed = await ask(command ?? [], given as Given);
    const ways = rows.map(({ way, notByDeno, refusedBy }): Way => {
      const isKept = name === "Deno's fetch" && way === "direct" && notByDeno !== undefined;
      return isKept || refusedBy?.includes(name) ? "refused" : way;
    });
    const wrong = rows.map(({ env, url }, index) => {
      const outcome = printed[index] ?? "nothing";
      return wayOf(outcome) === ways[index]
        ? ""
        : `${url} by ${JSON.stringify(env)} printed ${outcome}`;
    });
    assertEquals(wrong.filter((text) => text !== ""), []);
    // What is "SOCKS" may be a refusal, or have nothing to speak it with.
    const isHttp = (way: Way) => way === "proxy";
    assertEquals(proxies.take().filter(isHttp), ways.filter(isHttp));
  }, skipWithout(command));

  test(`proxy of the environment: false goes past it, or says why not, by ${name}`, async () => {
    await using proxies = await startProxies();
    for (const [scheme, variable] of [["http", "HTTP_PROXY"], ["https", "https_proxy"]] as const) {
      const env = proxies.fill({ [variable]: "http://PROXY" });
      const rows = [{ env: {}, url: `${scheme}://host.invalid/` }];
      const given = { entry, proxy: false, rows, setsEnvironment: false } as const;
      const [met = ""] = await ask(command ?? [], given, env);
      assertEquals(proxies.take(), [], met);
      assertEquals(wayOf(met), name === "Deno's fetch" ? "refused" : "direct", met);
    }
  }, skipWithout(command));

  test(
    `proxy of the environment: one that cannot be used is told, not shown, by ${name}`,
    async () => {
      const named = ["http://us%zzr:s3cret@host", "ftp://us3r:s3cret@host", "us3r:s3cret@ho st"];
      const rows = named.map((HTTP_PROXY) => ({ env: { HTTP_PROXY }, url: "http://a.invalid/" }));
      const given = { entry, proxy: "env", rows, setsEnvironment: true } as const;
      const [undecodable = "", foreign = "", invalid = ""] = await ask(command ?? [], given);
      assertMatch(undecodable, /names a proxy whose user information cannot be decoded/);
      for (const met of [foreign, invalid]) {
        assertMatch(met, /names a proxy that is no http:, https: or SOCKS 5 URL/);
      }
      for (const met of [undecodable, foreign, invalid]) {
        assertEquals(/us3r|us%|s3cret/.test(met), false, met);
      }
    },
    skipWithout(command),
  );

  test(
    `proxy of the environment: NO_PROXY is not about one that is named, by ${name}`,
    async () => {
      await using proxies = await startProxies();
      const { HTTP_PROXY: proxy = "" } = proxies.fill({ HTTP_PROXY: "http://PROXY" });
      const rows = [{ env: {}, url: "http://host.invalid/" }];
      const given = { entry, proxy, rows, setsEnvironment: false };
      const [met = ""] = await ask(command ?? [], given, { NO_PROXY: "host.invalid" });
      // The fetch of Deno and of Bun would obey it.
      assertEquals(
        [...proxies.take(), wayOf(met)],
        {
          "Deno's fetch": ["refused"],
          "Bun's fetch": ["refused"],
        }[name] ?? ["proxy", "proxy"],
      );
    },
    skipWithout(command),
  );

  test(`proxy of the environment: a server does not get its credentials by ${name}`, async () => {
    const { tls, proxies } = config;
    const proxy = `http://us3r:p%40ss@${proxies.authenticated}`;
    const { host } = new URL(tls.urls.valid);
    const url = `${tls.urls.valid}?credentials`;
    for (const env of [{ HTTPS_PROXY: proxy }, { all_proxy: proxy }]) {
      for (const choice of [{ proxy: "env" }, {}] as const) {
        const given = { entry, ...choice, https: { ca: tls.ca }, rows: [{ env: {}, url }] };
        const [met = ""] = await ask(command ?? [], { ...given, setsEnvironment: false }, env);
        const refused = `Cannot connect to https://${host}/: Deno's fetch would send the ` +
          "credentials for the proxy";
        assertEquals(met.includes(name === "Deno's fetch" ? refused : '"none"'), true, met);
      }
    }
  }, skipWithout(command));
}

test("proxy of the environment: Deno's fetch does not go past it unnoticed", async () => {
  await using proxies = await startProxies();
  const command = [...DENO, "--allow-env"];
  const url = "http://host.invalid/";
  const way = async (env: Readonly<Record<string, string>>, to = url): Promise<Way> => {
    const given = { entry: "mod", proxy: false, rows: [{ env: {}, url: to }] } as const;
    const [met = ""] = await ask(command, { ...given, setsEnvironment: false }, proxies.fill(env));
    return proxies.take()[0] ?? wayOf(met);
  };
  assertEquals(await way({}), "direct");
  assertEquals(await way({ https_proxy: "http://PROXY" }), "direct");
  assertEquals(await way({ ...HTTP, NO_PROXY: "host.invalid" }), "direct");
  assertEquals(await way({ ...HTTP, NO_PROXY: "host.invalid:80" }), "refused");
  assertEquals(await way(HTTP), "refused");
  assertEquals(await way({ http_proxy: "PROXY" }), "refused");
  // It stands for names, not for addresses.
  assertEquals(await way({ ...HTTP, NO_PROXY: "*" }), "direct");
  assertEquals(await way({ ...HTTP, NO_PROXY: "*" }, "http://127.0.0.1:9/"), "refused");
  assertEquals(await way({ ...HTTP, NO_PROXY: "*" }, "http://[::1]:9/"), "refused");
  // Without the option it does as Deno does.
  const given = { entry: "mod", rows: [{ env: {}, url }], setsEnvironment: false };
  await ask(command, given, proxies.fill(HTTP));
  assertEquals(proxies.take(), ["proxy"]);
  assertEquals(await way({ ALL_PROXY: "http://PROXY" }), "refused");
});

test("proxy of the environment: a header for a proxy is sent only if Deno surely asks it", async () => {
  const way = async (
    command: readonly string[],
    env: Readonly<Record<string, string>>,
    proxy = "https://us3r:s3cret@localhost:9",
    url = `${config.server}/page`,
  ) => {
    const given = { entry: "mod", proxy, rows: [{ env: {}, url }], setsEnvironment: false };
    const [met = ""] = await ask(command, given, env);
    return met;
  };
  const allowed = [...DENO, "--allow-env"];
  assertMatch(await way(allowed, { NO_PROXY: "127.0.0.1" }), /would go past the proxy/);
  assertMatch(await way(allowed, { no_proxy: "other.invalid" }), /may go past the proxy/);
  assertMatch(await way([...DENO, "--no-prompt"], {}), /may go past the proxy/);
  assertMatch(await way([...allowed, "--deny-env=NO_PROXY"], {}), /may go past the proxy/);
  assertMatch(
    await way(allowed, {}),
    /Cannot connect to .*\(through the proxy https:\/\/localhost:9/,
  );
  // Past one of http: nothing goes along.
  const server = await script(streaming("data: a\n\n"));
  const past = { NO_PROXY: "127.0.0.1" };
  const direct = [[...DENO, "--no-prompt"], past, "http://us3r:s3cret@localhost:9"] as const;
  assertMatch(await way(...direct, server.url), /^"a"$/);
  assertEquals((await server.requests(1))[0]?.headers["proxy-authorization"], undefined);
  // No such header: Deno sends the credentials itself, or there are none.
  for (
    const [proxy, url] of [
      ["http://us3r:s3cret@localhost:9"],
      ["https://us3r:s3cret@localhost:9", config.tls.urls.valid],
      ["https://localhost:9"],
    ]
  ) {
    const met = await way(allowed, { NO_PROXY: "other.invalid" }, proxy, url);
    assertMatch(met, /Cannot connect to .*\(through the proxy https?:\/\/localhost:9/);
  }
});

test("proxy of the environment: Deno's is that of the time when it made the client", async () => {
  const { tls, proxies } = config;
  const code = `
    import { EventSource } from ${JSON.stringify(new URL("../../mod.ts", import.meta.url).href)};
    // As long as one goes on, its client is that of others.
    const errorOf = (url) => new Promise((resolve) => {
      const source = new EventSource(url);
      source.onerror = ({ message }) => resolve(message);
      source.onopen = () => resolve("open");
    });
    await errorOf(${JSON.stringify(config.refused)});
    Deno.env.delete("HTTPS_PROXY");
    console.log(await errorOf(${JSON.stringify(tls.urls.valid)}));
    Deno.exit();
  `;
  const env = { HTTPS_PROXY: `http://us3r:s3cret@${proxies.authenticated}` };
  const [met] = await run([Deno.execPath(), "eval", "--no-lock", code], env);
  assertMatch(met ?? "", /would send the credentials for the proxy of the environment/);
});

test('proxy of the environment: "env" and false take a permission of Deno\'s', async () => {
  for (const proxy of ["env", false] as const) {
    const rows = [{ env: {}, url: "http://host.invalid/" }];
    const given = { entry: "mod", proxy, rows, setsEnvironment: false };
    const [met = ""] = await ask([...DENO, "--no-prompt"], given);
    assertMatch(met, /Cannot connect to http:\/\/host.invalid\/: Requires env access/);
  }
});

/** What Node.js has to be told for its own requests to obey the environment. */
const TOLD: readonly (readonly [what: string, flags: string[], env: Record<string, string>])[] = [
  ["NODE_USE_ENV_PROXY", [], { NODE_USE_ENV_PROXY: "1" }],
  ["--use-env-proxy", ["--use-env-proxy"], {}],
];

for (const major of ["22", "24", "26"]) {
  const command = nodeCommand(major);
  for (const [what, flags, told] of TOLD) {
    test(`proxy of the environment: ./node obeys ${what} on Node.js ${major}`, async () => {
      await using proxies = await startProxies();
      const env = proxies.fill({ HTTP_PROXY: "http://PROXY", NO_PROXY: "a.invalid" });
      const way = async (
        url: string,
        options: { flags?: string[]; env?: Record<string, string> },
      ): Promise<Way> => {
        const given = { entry: "node", rows: [{ env: {}, url }], setsEnvironment: false };
        const full = [...command ?? [], ...options.flags ?? []];
        await ask(full, given, { ...env, ...options.env });
        return proxies.take()[0] ?? "direct";
      };
      assertEquals(await way("http://host.invalid/", { flags, env: told }), "proxy");
      assertEquals(await way("http://a.invalid/", { flags, env: told }), "direct");
      assertEquals(await way("http://host.invalid/", {}), "direct");
    }, skipWithout(command));
  }
}
