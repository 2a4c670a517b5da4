/**
 * A server on raw sockets that answers as tests have scripted it, down to the single write, and
 * keeps a log of what it was asked.
 *
 * - `POST /scripts` with a list of answers gives a path: its n-th request gets the n-th answer, and
 *   every further one the last. Preflights of other origins are granted, unless the path is asked
 *   with `?refusePreflight`.
 * - `GET /resumable?cuts=N` is a stream that is cut at random places, see resumable.ts.
 * - `GET /page` is an empty page, for browsers that run the tests in it.
 * - `GET /log<path>?requests=N&closed=N` gives that path's log, once it has seen as many.
 * - `GET /proceed<path>` ends one of that path's holds, the next if none is there yet.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { serveResumable } from "./resumable.ts";
import type { Answer, Log, SeenRequest } from "./script.ts";

/** How long a request for a log waits for what it asks, in milliseconds. */
const PATIENCE = 10_000;

interface Script {
  readonly answers: readonly Answer[];
  readonly requests: SeenRequest[];
  closed: number;
  flooded: number;
  /** How many holds there have been, and how many may end. */
  held: number;
  proceeded: number;
  /** Called whenever the log grows, or a hold may end. */
  readonly watchers: Set<() => void>;
}

/** A running server. */
export interface ScriptedServer {
  readonly url: string;
  /** The same server as another origin. */
  readonly otherUrl: string;
  close(): void;
}

/** Starts the server on two ports of loopback. */
export async function startScriptedServer(): Promise<ScriptedServer> {
  const scripts = new Map<string, Script>();
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const urls: string[] = [];
  for (let origin = 0; origin < 2; origin++) {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => sockets.delete(socket));
      serve(socket, scripts);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push(server);
    urls.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
  const [url = "", otherUrl = ""] = urls;
  return {
    url,
    otherUrl,
    close(): void {
      for (const server of servers) server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function serve(socket: Socket, scripts: Map<string, Script>): void {
  let received = Buffer.alloc(0);
  let done = false;
  socket.on("data", (data: Buffer) => {
    if (done) return;
    received = Buffer.concat([received, data]);
    const request = parseRequest(received.toString("latin1"));
    if (request === undefined) return;
    done = true;
    answer(socket, request, scripts, () => {
      received = Buffer.alloc(0);
      done = false;
    });
  });
}

/** Answers a request; `next` is called once the connection is free for another. */
function answer(
  socket: Socket,
  request: SeenRequest,
  scripts: Map<string, Script>,
  next: () => void,
): void {
  const { pathname, searchParams } = new URL(request.path, "http://localhost");
  if (request.method === "OPTIONS") {
    return respond(socket, searchParams.has("refusePreflight") ? 403 : 204, "");
  }
  if (request.method === "POST" && pathname === "/scripts") {
    const path = `/script/${scripts.size}`;
    const answers = JSON.parse(Buffer.from(request.body, "latin1").toString());
    scripts.set(path, {
      ...{ answers, requests: [], closed: 0, flooded: 0, held: 0, proceeded: 0 },
      watchers: new Set(),
    });
    return respond(socket, 200, JSON.stringify(path));
  }
  if (pathname.startsWith("/log/")) {
    const script = scripts.get(pathname.slice("/log".length));
    if (script !== undefined) return sendLog(socket, script, searchParams);
  }
  if (pathname.startsWith("/proceed/")) {
    const script = scripts.get(pathname.slice("/proceed".length));
    if (script !== undefined) {
      script.proceeded++;
      notify(script);
      return respond(socket, 200, "null");
    }
  }
  if (pathname === "/page") return respond(socket, 200, "<!doctype html>", "text/html");
  if (pathname === "/resumable") return serveResumable(socket, request);
  const script = scripts.get(pathname);
  if (script === undefined) return respond(socket, 404, "no such script");
  const position = Math.min(script.requests.length, script.answers.length - 1);
  script.requests.push(request);
  socket.on("close", () => {
    script.closed++;
    notify(script);
  });
  notify(script);
  play(socket, script.answers[position] ?? {}, script, next);
}

function notify({ watchers }: Script): void {
  for (const watch of [...watchers]) watch();
}

function sendLog(socket: Socket, script: Script, query: URLSearchParams): void {
  const enough = (): boolean =>
    script.requests.length >= Number(query.get("requests") ?? 0) &&
    script.closed >= Number(query.get("closed") ?? 0);
  const send = (): void => {
    clearTimeout(timer);
    script.watchers.delete(check);
    const { requests, closed, flooded } = script;
    const log: Log = { requests, closed, flooded };
    respond(socket, enough() ? 200 : 504, JSON.stringify(log));
  };
  const check = (): void => {
    if (enough()) send();
  };
  const timer = setTimeout(send, PATIENCE);
  script.watchers.add(check);
  check();
}

function respond(
  socket: Socket,
  status: number,
  body: string,
  type: string = "application/json",
): void {
  const bytes = Buffer.from(body);
  socket.end(Buffer.concat([
    Buffer.from(
      `HTTP/1.1 ${status} -\r\nContent-Type: ${type}\r\nConnection: close\r\n` +
        `Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Headers: *\r\n` +
        (status === 204 ? "\r\n" : `Content-Length: ${bytes.length}\r\n\r\n`),
    ),
    bytes,
  ]));
}

async function play(
  socket: Socket,
  { status = 200, headers, unframed, kept, dropped, version = "1.1", after = 0, steps }: Answer,
  script: Script,
  next: () => void,
): Promise<void> {
  if (after > 0) await new Promise((resolve) => setTimeout(resolve, after));
  if (dropped) return void socket.end();
  const fields = Object.entries(headers ?? { "Content-Type": "text/event-stream" });
  const bodiless = status === 204 || status === 304;
  const framing = bodiless || unframed ? "" : "Transfer-Encoding: chunked\r\n";
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  socket.write(
    `HTTP/${version} ${status} -\r\n${lines}${framing}` +
      `Connection: ${kept ? "keep-alive" : "close"}\r\n\r\n`,
    "latin1",
  );
  if (bodiless) return void socket.end();
  const send = (bytes: Buffer): boolean =>
    socket.write(
      framing === "" ? bytes : Buffer.concat([
        Buffer.from(`${bytes.length.toString(16)}\r\n`),
        bytes,
        Buffer.from("\r\n"),
      ]),
    );
  for (const step of steps ?? (status === 200 ? [] : ["end"] as const)) {
    if (socket.destroyed) return;
    if (step === "end" && kept) {
      next();
      return void socket.write("0\r\n\r\n");
    }
    if (step === "end") return void socket.end(framing === "" ? "" : "0\r\n\r\n");
    if (step === "cut") return void socket.end();
    if (step === "reset") return void socket.resetAndDestroy();
    if (step === "hold") await hold(socket, script);
    else if ("wait" in step) await new Promise((resolve) => setTimeout(resolve, step.wait));
    else if ("flood" in step) await flood(socket, step.flood, script, send);
    else send("write" in step ? Buffer.from(step.write) : Buffer.from(step.bytes, "latin1"));
  }
}

/** Waits until a test ends the hold, or the connection is gone. */
async function hold(socket: Socket, script: Script): Promise<void> {
  const turn = ++script.held;
  await new Promise<void>((resolve) => {
    const check = (): void => {
      if (script.proceeded < turn && !socket.destroyed) return;
      script.watchers.delete(check);
      resolve();
    };
    script.watchers.add(check);
    check();
  });
}

/** Sends events until they are not taken any more, or there are enough. */
async function flood(
  socket: Socket,
  bytes: number,
  script: Script,
  send: (bytes: Buffer) => boolean,
): Promise<void> {
  const event = Buffer.from(`data: ${"x".repeat(64 * 1024 - 8)}\n\n`);
  while (script.flooded < bytes && !socket.destroyed) {
    if (!send(event)) {
      await new Promise<void>((resolve) => {
        const goOn = (): void => {
          socket.off("drain", goOn).off("close", goOn);
          resolve();
        };
        socket.on("drain", goOn).on("close", goOn);
      });
    }
    script.flooded += event.length;
  }
}

/** The request in `text`, if it is there as a whole. */
function parseRequest(text: string): SeenRequest | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [start = "", ...lines] = text.slice(0, end).split("\r\n");
  const [method = "", path = ""] = start.split(" ");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  const rest = text.slice(end + 4);
  const body = headers["transfer-encoding"] === undefined
    ? rest.length >= Number(headers["content-length"] ?? 0) ? rest : undefined
    : dechunk(rest);
  return body === undefined ? undefined : { method, path, headers, body };
}

function dechunk(text: string): string | undefined {
  let body = "";
  for (let at = 0;;) {
    const line = text.indexOf("\r\n", at);
    if (line === -1) return undefined;
    const size = Number.parseInt(text.slice(at, line), 16);
    if (size === 0) return text.length >= line + 4 ? body : undefined;
    body += text.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
    if (at > text.length) return undefined;
  }
}
