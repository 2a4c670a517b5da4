// Proxies on Node.js: of HTTP (npm's "proxy"), with and without authentication, one that fails, and
// of SOCKS (npm's "simple-socks"). A control server tells what has gone through each, and starts
// squids.
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTcpServer } from "node:net";
import { createProxy } from "proxy";
import socks from "simple-socks";
import { Squid } from "./squid.mjs";

// The libraries leave it to nobody that a connection is cut.
process.on("uncaughtException", () => {});
// So that what is left to do at the end is done.
process.on("SIGTERM", () => process.exit());

/** What has gone through, by the name of the proxy. */
const seen = { open: [], authenticated: [], failing: [], socks: [], socksAuthenticated: [] };

function note(name, server) {
  const add = (request) =>
    seen[name].push({
      method: request.method,
      target: request.url,
      authorization: request.headers["proxy-authorization"] ?? null,
    });
  server.on("request", add);
  server.on("connect", add);
}

const open = createProxy(createServer());
note("open", open);

const authenticated = createProxy(createServer());
const expected = `Basic ${Buffer.from("us3r:p@ss").toString("base64")}`;
authenticated.authenticate = (request) => request.headers["proxy-authorization"] === expected;
note("authenticated", authenticated);

const failing = createServer((_, response) => response.writeHead(502).end());
failing.on("connect", (_, socket) => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
note("failing", failing);

const socksOpen = socks.createServer();
socksOpen.on("proxyConnect", ({ address, port }) => seen.socks.push({ target: `${address}:${port}` }));
const socksAuthenticated = socks.createServer({
  authenticate(username, password, socket, callback) {
    callback(username === "us3r" && password === "p@ss" ? null : new Error("refused"));
  },
});
socksAuthenticated.on(
  "proxyConnect",
  ({ address, port }) => seen.socksAuthenticated.push({ target: `${address}:${port}` }),
);

// Accepts, and says nothing. It holds what is connected.
seen.hanging = [];
const hanging = createTcpServer((socket) => {
  const entry = { target: "" };
  seen.hanging.push(entry);
  socket.resume();
  socket.on("error", () => {});
  socket.on("close", () => seen.hanging.splice(seen.hanging.indexOf(entry), 1));
});

const squid = process.env.SQUID || ["/usr/sbin/squid"].find(existsSync);
const squids = [];

/** Starts a squid ("start"), or kills one or starts it again ("kill/0", "start/0"); its ports. */
async function command([what, which]) {
  const index = which === undefined ? squids.push(new Squid(squid)) - 1 : Number(which);
  await squids[index][what]();
  return { id: index, ...squids[index].ports };
}

const control = createServer(async (request, response) => {
  const path = request.url.split("/").slice(1);
  const [status, answer] = path[0] === ""
    ? [200, seen]
    : await command(path).then((ports) => [200, ports], (error) => [500, error.message]);
  response.writeHead(status, { Connection: "close", "Access-Control-Allow-Origin": "*" });
  response.end(JSON.stringify(answer));
});

async function listen(server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${server.address().port}`;
}

console.log(JSON.stringify({
  open: await listen(open),
  authenticated: await listen(authenticated),
  failing: await listen(failing),
  socks: await listen(socksOpen),
  socksAuthenticated: await listen(socksAuthenticated),
  hanging: await listen(hanging),
  control: await listen(control),
  squid: squid ?? "",
}));
