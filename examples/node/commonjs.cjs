// node examples/node/commonjs.cjs [url]
// In a clone, first: npx -y deno@2 task build:npm && npm install --no-save ./build/npm/*.tgz

/**
 * Prints the events of a feed on Node.js, as CommonJS, until Ctrl-C or a service manager ends it. At
 * the end it prints the id after which it could resume.
 *
 * The feed is that of `examples/sse_server.ts 8000`, unless you name another.
 */

const process = require("node:process");
const { EventSource } = require("@x/eventsource");

const source = new EventSource(process.argv[2] ?? "http://127.0.0.1:8000/events");

source.addEventListener("message", print);
source.addEventListener("wind", print);
source.addEventListener("error", ({ message, willReconnect }) => {
  console.error(message);
  if (willReconnect === false) process.exitCode = 1;
});

function print({ type, lastEventId, data }) {
  console.log(type, lastEventId, data);
}

// A closed source does not keep the process alive: there is no need for process.exit().
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    source.close();
    console.log(`closed by ${signal} after event ${source.lastEventId}`);
  });
}
