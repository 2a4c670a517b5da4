/**
 * Shows a source that survives a lost connection: `deno task demo`.
 *
 * Starts the example server and follows it; the server cuts the connection once and goes on producing
 * events, and ends by itself after some ten seconds. The exit code tells whether every event came
 * once and in order.
 *
 * @module
 */

import { EventSource } from "@x/eventsource";
import { startServer } from "../examples/sse_server.ts";
import { readArguments } from "./arguments.ts";

/** Times in milliseconds. */
const INTERVAL = 500;
const RETRY = 1800;
const PATIENCE = 16_000;

/** The ids of the event at which the connection is cut, and of the last one. */
const CUT_AT = 7;
const LAST = 18;

const NOTE = "color: green";
const TROUBLE = "color: red";
const FAINT = "color: gray";

readArguments({
  command: "deno task demo",
  about: "Starts the example server, follows it, and breaks the connection once.",
});

const server = startServer({ interval: INTERVAL, retry: RETRY, cutAt: [CUT_AT] });
const source = new EventSource(server.url, {
  // Without it the feed would begin with the first event after the connection.
  lastEventId: "0",
});
const deadline = setTimeout(() => finish(`event ${received + 1} is still to come`), PATIENCE);
let received = 0;
let lostConnections = 0;
let resuming = false;

console.log(`A server at ${server.url} sends an event each ${INTERVAL} ms.`);
console.log(`Instead of event ${CUT_AT} it cuts the connection, and goes on producing.\n`);
console.log("%c  id  time          type     data", FAINT);

source.onopen = () => note(lostConnections === 0 ? "connected" : "connected again");
source.onmessage = print;
source.addEventListener("wind", print);
source.addEventListener("gap", ({ data }) => finish(data));
source.onerror = ({ message, willReconnect, delay = 0 }): void => {
  if (!willReconnect) return finish(message);
  lostConnections++;
  resuming = true;
  note(`connection lost: ${message}`, TROUBLE);
  note(`reconnecting in ${Math.round(delay)} ms`);
};

function print({ type, lastEventId, data }: MessageEvent): void {
  if (Number(lastEventId) !== received + 1) {
    return finish(`event ${lastEventId} came after event ${received}`);
  }
  if (resuming) note(`resumed after event ${received}: nothing lost`);
  resuming = false;
  received++;
  const { at, ...reading } = JSON.parse(data);
  const age = Date.now() - Date.parse(at);
  console.log(
    `%c${lastEventId.padStart(4)}  ${clock()}  ${type.padEnd(8)} ${JSON.stringify(reading)}%c${
      age < 100 ? "" : `  produced ${(age / 1000).toFixed(1)} s before`
    }`,
    "",
    FAINT,
  );
  if (received === LAST) finish();
}

/** Ends the demo; it went well unless there is a problem. */
function finish(problem?: string): void {
  clearTimeout(deadline);
  source.close();
  server.close();
  if (lostConnections !== 1) problem ??= `${lostConnections} connections were lost instead of one`;
  if (problem === undefined) {
    console.log(
      `\n%cAll ${LAST} events came, each once and in order, over one lost connection.`,
      NOTE,
    );
  } else {
    console.log(`\n%cThe demo failed: ${problem}.`, TROUBLE);
    Deno.exitCode = 1;
  }
}

function note(text: string, style = NOTE): void {
  console.log(`%c  --  ${clock()}  ${text}`, style);
}

/** The time of day, to the millisecond. */
function clock(): string {
  const now = new Date();
  return `${now.toLocaleTimeString("en-GB")}.${String(now.getMilliseconds()).padStart(3, "0")}`;
}
