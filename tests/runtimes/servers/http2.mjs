// An event stream over HTTP/2 that lets a connection have three streams at a time, or over HTTP/1.1
// where the client prefers that, and relays in front of it whose path can be made to die: what runs
// through it is neither passed on nor ended, and only a new connection gets through.
import { createServer } from "node:http";
import { createSecureServer } from "node:http2";
import { connect, createServer as createTcpServer } from "node:net";

/** Starts them; `control` makes relays (`/relay`), and has their paths die (`/freeze?PORT`). */
export async function startHttp2(identity) {
  const server = createSecureServer(
    { ...identity, allowHTTP1: true, settings: { maxConcurrentStreams: 3 } },
    (request, response) => {
      request.resume();
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write(`data: ${request.httpVersion}\n\n`);
    },
  );
  server.on("sessionError", () => {});
  server.on("tlsClientError", () => {});
  const port = await listen(server);

  /** The sockets of each relay, by its port. */
  const relays = new Map();
  async function startRelay() {
    const sockets = new Set();
    const relay = createTcpServer((client) => {
      const target = connect(port, "127.0.0.1");
      for (const socket of [client, target]) {
        sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => sockets.delete(socket));
      }
      client.pipe(target).pipe(client);
    });
    const own = await listen(relay);
    relays.set(String(own), sockets);
    return own;
  }

  const control = createServer(async (request, response) => {
    const { pathname, search } = new URL(request.url, "http://localhost");
    if (pathname === "/relay") {
      return response.end(JSON.stringify(`https://127.0.0.1:${await startRelay()}/`));
    }
    for (const socket of relays.get(search.slice(1))) socket.unpipe().pause();
    response.end("null");
  });
  return {
    url: `https://127.0.0.1:${port}/`,
    control: `http://127.0.0.1:${await listen(control)}`,
  };
}

async function listen(server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server.address().port;
}
