// deno run --allow-all examples/browser.ts [port]

/**
 * Serves examples/browser.html with the events of the weather station, at port 8000 unless you
 * name another. Permissions beyond the network and reading are for building the polyfill.
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

/**
 * As strict as a policy can be: nothing from elsewhere, nothing inline, no text as code, and none
 * as markup.
 */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
  "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
  "require-trusted-types-for 'script'; trusted-types 'none'";

/** Reads the page and what belongs to it, such that they can be served. */
export async function loadPage(): Promise<(path: string) => Response> {
  const { script, map } = await bundlePolyfill();
  const files = new Map([
    ["/eventsource-polyfill.js", script],
    ["/eventsource-polyfill.js.map", map],
  ]);
  for (const name of ["browser.html", "browser/page.css", "browser/page.js"]) {
    files.set(`/${name}`, await Deno.readTextFile(new URL(name, import.meta.url)));
  }
  return (path) => {
    const name = path === "/" ? "/browser.html" : path;
    const text = files.get(name);
    if (text === undefined) return new Response("Not found\n", { status: 404 });
    const type = TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "text/plain";
    return new Response(text, {
      headers: { "Content-Type": type, "Content-Security-Policy": POLICY },
    });
  };
}

if (import.meta.main) {
  const { argument: port } = readArguments({
    command: "deno task example:browser",
    about: "Serves a page that shows the native EventSource beside the polyfill, at PORT or 8000.",
    argument: "[PORT]",
  });
  const page = await loadPage();
  const { url } = startAtPort(port || "8000", {
    fallback: ({ url }) => page(new URL(url).pathname),
  });
  console.log(`Open ${new URL("/", url)}`);
}
