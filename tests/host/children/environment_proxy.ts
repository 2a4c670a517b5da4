/**
 * Makes a request for each URL, by the proxies of an environment, and tells what came of it: JSON
 * of the entry, of the values of `proxy` and `https`, and of the environments with the URLs.
 */

import type { EventSource as Source, EventSourceInit } from "@x/eventsource";

declare const Deno: { args: string[] } | undefined;
declare const process: { argv: string[]; env: Record<string, string | undefined> };

const [json = ""] = typeof Deno === "undefined" ? process.argv.slice(2) : Deno.args;
const { entry, proxy, https, rows, setsEnvironment } = JSON.parse(json) as {
  readonly entry: string;
  readonly proxy?: string | false;
  readonly https?: { readonly ca: string };
  readonly rows: readonly { readonly env: Record<string, string>; readonly url: string }[];
  readonly setsEnvironment: boolean;
};
const { EventSource } = await import(`../../../${entry}.ts`) as {
  readonly EventSource: new (url: string, init: EventSourceInit) => Source;
};
for (const { env, url } of rows) {
  if (setsEnvironment) Object.assign(process.env, env);
  const init: EventSourceInit = { reconnection: false, proxy, https };
  const source = new EventSource(url, init);
  const outcome = await new Promise<string>((resolve) => {
    source.onmessage = ({ data }) => resolve(data);
    source.onerror = (event) => resolve(`${Reflect.get(event, "message")}`);
  });
  source.close();
  if (setsEnvironment) { for (const name of Object.keys(env)) delete process.env[name]; }
  console.log(JSON.stringify(outcome));
}
