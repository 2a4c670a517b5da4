// deno run --allow-net examples/sse_client.ts <url>

/**
 * Follows an event stream and prints everything that happens. Options, after the URL: `--count N`
 * ends after N events (default: 20), `--header "Name: value"` sends a header, `--type NAME` listens
 * for events of a type (default: those of the example server). The last two can be repeated.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { EventSource } from "@x/eventsource";

const { positionals: [url], values: options } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    count: { type: "string", default: "20" },
    header: { type: "string", multiple: true, default: ["X-Client: examples/sse_client.ts"] },
    type: { type: "string", multiple: true, default: ["wind", "gap"] },
  },
});
if (url === undefined) {
  console.error("Name a URL: deno run --allow-net examples/sse_client.ts <url>");
  Deno.exit(2);
}

const source = new EventSource(url, {
  headers: options.header.map((field) => {
    const [name = "", ...value] = field.split(":");
    return [name.trim(), value.join(":")];
  }),
  onComment: (comment) => console.log(`comment  ${comment}`),
});

source.onopen = ({ status, url, redirected }) => {
  console.log(`open     status ${status} from ${url}${redirected ? " after a redirect" : ""}`);
};

let received = 0;
function print({ type, lastEventId, data }: MessageEvent): void {
  console.log(`${type.padEnd(8)} ${lastEventId.padStart(4)}  ${data}`);
  received++;
  if (received >= Number(options.count)) stop(`after ${received} events`);
}
for (const type of ["message", ...options.type]) source.addEventListener(type, print);

source.onerror = (event) => {
  // A server may name its own events "error" too. They do not affect the connection.
  if (event instanceof MessageEvent) return print(event);
  const { reason, message, willReconnect, delay = 0 } = event;
  if (willReconnect) {
    console.log(`error    ${reason}: ${message}; reconnecting in ${Math.round(delay)} ms`);
  } else {
    console.log(`error    ${reason}: ${message}`);
    Deno.exitCode = 1;
    stop("for good");
  }
};

function stop(why: string): void {
  source.close();
  Deno.removeSignalListener("SIGINT", interrupt);
  console.log(`closed   ${why}`);
}

function interrupt(): void {
  stop("by Ctrl-C");
}
Deno.addSignalListener("SIGINT", interrupt);
