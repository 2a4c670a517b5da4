/**
 * The pages of the tests: the files of a checkout, and the pages that the original server makes of
 * scripts.
 *
 * @module
 */

import type { Files } from "./server.ts";

/** What the tests expect beside testharness.js: here it keeps the results for who drives the page. */
const REPORT = `setup({ output: false });
add_completion_callback((all, { status, message, OK, TIMEOUT }) => {
  const tests = all.map(({ name, status, message }) => ({ name, ok: status === 0, message }));
  // That time has run out, its test says.
  const isTold = status === OK || status === TIMEOUT && tests.some(({ ok }) => !ok);
  const problem = !isTold ? message ?? "status " + status : tests.length === 0 && "it has no tests";
  globalThis.wptResults = { tests, ...problem && { problem } };
});
`;

const HTML = "text/html; charset=utf-8";
const JAVASCRIPT = "text/javascript; charset=utf-8";

/** What becomes of a script, by the kind of global that it names, and how a page starts it. */
const GLOBALS: Readonly<Record<string, { readonly suffix: string; readonly start: string }>> = {
  dedicatedworker: {
    suffix: "worker",
    start: "fetch_tests_from_worker(new Worker(URL));",
  },
  sharedworker: {
    suffix: "sharedworker",
    start: "fetch_tests_from_worker(new SharedWorker(URL));",
  },
  serviceworker: {
    suffix: "serviceworker",
    start: `(async () => {
      const scope = "scope/" + Math.random();
      const { installing } = await navigator.serviceWorker.register(URL, { scope });
      fetch_tests_from_worker(installing);
    })();`,
  },
};

/** The pages of a test's file, as paths beside it. */
export async function pagesOf(checkout: string, file: string): Promise<string[]> {
  if (/\.html?$/.test(file)) return [file];
  const stem = file.replace(/\.js$/, "");
  if (!file.endsWith(".any.js")) return [`${stem}.html`];
  const source = await Deno.readTextFile(`${checkout}/eventsource/${file}`);
  const [globals = "window,dedicatedworker"] = meta(source, "global");
  return globals.replace(/\bworker\b/, "dedicatedworker,sharedworker,serviceworker").split(",")
    .map((name) => {
      if (name === "window") return `${stem}.html`;
      const { suffix } = GLOBALS[name] ?? {};
      if (suffix === undefined) throw new Error(`${file} is for a global "${name}", known to none`);
      return `${stem}.${suffix}.html`;
    });
}

/** Serves a checkout. A script, where there is one, runs first in every page and worker. */
export function serveCheckout(checkout: string, script?: string): Files {
  const first = script === undefined ? "" : '<script src="/first.js"></script>';
  const read = (path: string) => Deno.readTextFile(checkout + path).catch(() => undefined);

  return async ({ pathname: path }) => {
    if (path === "/first.js") return text(script ?? "", JAVASCRIPT);
    if (path === "/resources/testharnessreport.js") return text(REPORT, JAVASCRIPT);
    const source = await read(path);
    if (source === undefined) {
      const made = await make(path);
      return made === undefined ? made : text(made, path.endsWith(".js") ? JAVASCRIPT : HTML);
    }
    if (!path.endsWith(".js")) {
      return text(source.replace(/^(\s*<!doctype[^>]*>)?/i, `$&${first}`), HTML);
    }
    const isWorker = /\/(dedicated|shared)-worker\/|\.worker\.js$/.test(path);
    return text(isWorker && script !== undefined ? `${script}\n${source}` : source, JAVASCRIPT);
  };

  /** What there is no file for. */
  async function make(path: string): Promise<string | undefined> {
    const [, stem = "", suffix = "", extension] =
      /^(.+?\.(?:any|window|worker))(?:\.(\w+))?\.(html|js)$/.exec(path) ?? [];
    const source = await read(`${stem}.js`);
    if (source === undefined) return undefined;
    const scripts = [...meta(source, "script"), `${stem}.js`];
    const name = stem.split("/").at(-1);
    const [title = name] = meta(source, "title");
    if (extension === "js") {
      return `${script ?? ""}
self.META_TITLE = ${JSON.stringify(title)};
self.GLOBAL = { isWindow: () => false, isWorker: () => true, isShadowRealm: () => false };
importScripts("/resources/testharness.js");
${scripts.map((path) => `importScripts("${path}");\n`).join("")}done();
`;
    }
    const global = Object.values(GLOBALS).find((global) => global.suffix === suffix);
    const [timeout = "normal"] = meta(source, "timeout");
    const body = stem.endsWith(".worker")
      ? `<script>fetch_tests_from_worker(new Worker("${name}.js"));</script>`
      : global === undefined
      ? `<script>self.GLOBAL = { isWindow: () => true, isWorker: () => false,
          isShadowRealm: () => false };</script>
        ${scripts.map((path) => `<script src="${path}"></script>`).join("\n")}`
      : `<script>${global.start.replace("URL", `"${name}.worker.js"`)}</script>`;
    return `<!doctype html>${first}
<meta charset="utf-8">
<meta name="timeout" content="${timeout}">
<title>${title}</title>
<script src="/resources/testharness.js"></script>
<script src="/resources/testharnessreport.js"></script>
<div id="log"></div>
${body}
`;
  }
}

/** The values of a key in the comments at the head of a script. */
function meta(source: string, key: string): string[] {
  return [...source.matchAll(/^\/\/ META: (\w+)=(.*)$/gm)]
    .filter(([, name]) => name === key).map(([, , value = ""]) => value.trim());
}

function text(body: string, type: string): Response {
  // A page that was left is not kept, and with it none of its connections.
  return new Response(body, { headers: { "Content-Type": type, "Cache-Control": "no-store" } });
}
