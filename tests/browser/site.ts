/**
 * A site with pages and an event stream, which a test can kill and bring back.
 *
 * @module
 */

import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** A file of the site. */
export interface File {
  readonly body: string;
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What answers a request for a path that is no file and not `/events`; `undefined` for a 404. */
export type Fallback = (path: string) => Promise<File | undefined>;

/** A page with scripts. */
export function page(markup: string, headers: Readonly<Record<string, string>> = {}): File {
  const head = `<!doctype html><html lang="en">${CHARSET}<title>Test</title>`;
  return { body: head + markup, type: "text/html", headers };
}

/** A script. */
export function script(body: string): File {
  return { body, type: "text/javascript" };
}

/** The first script of each page notes what the console would show, in `complaints`. */
const CHARSET = '<meta charset="utf-8">';
const NOTED = `${CHARSET}<script src="/complaints.js"></script>`;
const COMPLAINTS = script(`
complaints = [];
console.error = (...args) => complaints.push(args.join(" "));
addEventListener("error", ({ message, target }) =>
  complaints.push(message ?? target.outerHTML + " cannot be loaded"), true);
addEventListener("unhandledrejection", ({ reason }) => complaints.push(String(reason)));
document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  complaints.push(violatedDirective + " blocks " + blockedURI));
`);

/**
 * A site whose events are numbered, and kept for readers that come back. Its pages note in a
 * global variable `complaints` which errors nobody has caught.
 */
export class Site {
  /** What the requests for `/events` have said, in order. */
  readonly requests: IncomingHttpHeaders[] = [];
  /** The most connections that followed the events at one time. */
  mostFollowers = 0;
  readonly #files: Readonly<Record<string, File>>;
  readonly #fallback: Fallback;
  readonly #followers = new Set<ServerResponse>();
  #last = 0;
  #server: Server | undefined;
  #port = 0;

  constructor(
    files: Readonly<Record<string, File>>,
    fallback: Fallback = () => Promise.resolve(undefined),
  ) {
    this.#files = files;
    this.#fallback = fallback;
  }

  /** The origin. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** How many connections follow the events. */
  get followers(): number {
    return this.#followers.size;
  }

  /** Starts, at the same port each time. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "", "http://localhost");
      if (pathname === "/events" && !("/events" in this.#files)) {
        this.#follow(request.headers, response);
      } else this.#send(pathname, response);
    });
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Stops, and cuts all connections. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  /** Adds events. */
  publish(count: number = 1): void {
    for (; count > 0; count--) {
      this.#last++;
      for (const follower of this.#followers) follower.write(event(this.#last));
    }
  }

  #follow(headers: IncomingHttpHeaders, response: ServerResponse): void {
    this.requests.push(headers);
    this.#followers.add(response);
    this.mostFollowers = Math.max(this.mostFollowers, this.followers);
    response.on("close", () => this.#followers.delete(response));
    response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    response.write("retry: 50\n\n");
    const from = Number(headers["last-event-id"] ?? 0);
    for (let id = from + 1; id <= this.#last; id++) response.write(event(id));
  }

  async #send(path: string, response: ServerResponse): Promise<void> {
    // Browsers ask for it by themselves.
    if (path === "/favicon.ico") return void response.writeHead(204).end();
    const file = path === "/complaints.js"
      ? COMPLAINTS
      : this.#files[path] ?? await this.#fallback(path);
    response.writeHead(file === undefined ? 404 : 200, {
      "Content-Type": file?.type ?? "text/plain",
      ...file?.headers,
    });
    response.end(file?.body.replace(CHARSET, NOTED) ?? "");
  }
}

function event(id: number): string {
  return `id: ${id}\ndata: event ${id}\n\n`;
}
