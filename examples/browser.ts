// deno run --allow-all examples/browser.ts [port]

/**
 * Serves examples/browser.html, and examples/browser/shared/, with the events of the weather station,
 * on port 8000 unless you name another. Ids go on where the last run ended, so that a page resumes when you restart this server.
 * Most permissions are for building the polyfill.
 *
 * @module
 */

import { readArguments } from "../scripts/arguments.ts";
import { bundlePolyfill } from "../scripts/build_polyfill.ts";
import { startAtPort } from "./sse_server.ts";

const TYPES: Readonly<Record<string, string>> = {
  css: "text/css",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  map: "application/json",
};

/** What the pages consist of. */
const FILES = [
  "browser.html",
  "browser/page.css",
  "browser/page.js",
  "browser/shared/index.html",
  "browser/shared/page.js",
  "browser/shared/shared_source.js",
  "browser/shared/hub.js",
  "browser/shared/worker.js",
];

/** As strict as a policy can be: nothing from elsewhere, nothing inline. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** No text as code or markup, either; nor as the URL of a worker, so that one page cannot have it. */
const TRUSTED_TYPES = "; require-trusted-types-for 'script'; trusted-types 'none'";

/** The file with the id of the last event. */
const LAST_ID = new URL("../build/browser_example_last_id", import.meta.url);

/** Reads the page and its files, to serve them. */
export async function loadPage(): Promise<(path: string) => Response> {
  const { script, map } = await bundlePolyfill();
  const files = new Map([
    ["/eventsource-polyfill.js", script],
    ["/eventsource-polyfill.js.map", map],
  ]);
  for (const name of FILES) {
    files.set(`/${name}`, await Deno.readTextFile(new URL(name, import.meta.url)));
  }
  return (path) => {
    const name = path === "/" ? "/browser.html" : path.replace(/\/$/, "/index.html");
    const text = files.get(name);
    if (text === undefined) return new Response("Not found\n", { status: 404 });
    const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "text/plain";
    const policy = name.startsWith("/browser/shared/") ? POLICY : POLICY + TRUSTED_TYPES;
    return new Response(text, {
      headers: { "Content-Type": type, "Content-Security-Policy": policy },
    });
  };
}

if (import.meta.main) {
  const { argument: port } = readArguments({
    command: "deno task example:browser",
    about: "Serves a page that shows the native EventSource beside the polyfill, on PORT or 8000.",
    argument: "[PORT]",
  });
  const page = await loadPage();
  await Deno.mkdir(new URL("./", LAST_ID), { recursive: true });
  const { url } = startAtPort(port || "8000", {
    lastId: await readLastId(),
    onEvent: saveLastId,
    fallback: ({ url }) => page(new URL(url).pathname),
  });
  console.log(`Open ${new URL("/", url)}`);
}

/** The id of the last event that an earlier run sent; 0 if there was none. */
async function readLastId(): Promise<number> {
  const text = await Deno.readTextFile(LAST_ID).catch(() => "");
  return Number.parseInt(text) || 0;
}

/** Replaces the file in one step. */
function saveLastId(id: number): void {
  const temporary = new URL(`${LAST_ID}.new`);
  Deno.writeTextFileSync(temporary, String(id));
  Deno.renameSync(temporary, LAST_ID);
}
