/**
 * What the `eventsource/` tests of the Web Platform Tests ask of their server.
 *
 * @module
 */

/** Answers requests for files, and for what is no file of the server's. */
export type Files = (url: URL) => Promise<Response | undefined>;

/** What a handler is told. */
interface Asked {
  readonly request: Request;
  readonly query: URLSearchParams;
  /** The client's cookies. What a handler changes here, the client is told. */
  readonly cookies: Cookies;
  /** What one request leaves to another. */
  readonly stash: Map<string, string>;
}

type Handler = (asked: Asked) => Response | Promise<Response>;

/**
 * Starts the server on loopback. With files, its clients are pages, which keep cookies; without, the
 * server keeps them for its clients, which are one runtime.
 */
export function startWptServer(files?: Files): Deno.HttpServer<Deno.NetAddr> {
  const stash = new Map<string, string>();
  const kept = files === undefined ? new Map<string, string>() : undefined;
  return Deno.serve({ hostname: "localhost", port: 0, onListen: () => {} }, async (request) => {
    const url = new URL(request.url);
    const { searchParams: query } = url;
    const name = url.pathname.split("/").at(-1)?.split(".")[0] ?? "";
    const isShared = name === "cors";
    const handler = HANDLERS[isShared ? query.get("run") ?? "" : name];
    if (handler === undefined || /\.(js|html?)$/.test(url.pathname)) {
      return await files?.(url) ?? new Response(null, { status: 404 });
    }
    const cookies = new Cookies(kept ?? cookiesOf(request));
    const response = await handler({ request, query, cookies, stash });
    const { headers } = response;
    if (isShared) share(request, query, headers);
    for (const cookie of cookies.changes) headers.append("Set-Cookie", cookie);
    return response;
  });
}

const HANDLERS: Record<string, Handler> = {
  async message({ query }) {
    await new Promise((resolve) => setTimeout(resolve, Number(query.get("sleep") ?? 0)));
    const end = query.get("newline") === "none" ? "" : "\n\n";
    return stream(`${query.get("message") ?? "data: data"}${end}\n`, {
      "Content-Type": query.get("mime") ?? "text/event-stream",
    });
  },

  message2() {
    const block =
      "data:msg\ndata: msg\n\n:\nfalsefield:msg\n\nfalsefield:msg\nData:data\n\ndata\n\ndata:end\n\n";
    let timer: ReturnType<typeof setInterval>;
    const body = new ReadableStream<Uint8Array>({
      start(controller): void {
        const send = (): void => controller.enqueue(new TextEncoder().encode(block));
        send();
        timer = setInterval(send, 2000);
      },
      cancel: () => clearInterval(timer),
    });
    return stream(body, { "Cache-Control": "no-cache" });
  },

  accept: ({ request }) => stream(`data: ${request.headers.get("accept")}\n\n`),

  "cache-control": ({ request }) => stream(`data: ${request.headers.get("cache-control")}\n\n`),

  "last-event-id"({ request, query }) {
    const id = request.headers.get("last-event-id");
    return id
      ? stream(latin1(`data: ${id}\n\n`))
      : stream(`id: ${query.get("idvalue") ?? "\u2026"}\nretry: 200\ndata: hello\n\n`);
  },

  "last-event-id2"({ query }) {
    const type = query.get("type");
    if (type === "2") return stream("id: 1\ndata: 1\n\nid:\ndata:2\n\ndata:3\n\n");
    if (type === "3") return stream("id: 1\ndata: 1\n\nid\ndata:2\n\ndata:3\n\n");
    return stream("id: 1\ndata: 1\n\ndata: 2\n\nid: 2\ndata:3\n\ndata:4\n\n");
  },

  "status-error"({ query }) {
    const status = Number(query.get("status"));
    return stream(status === 204 || status === 205 ? null : "data: data\n\n", {}, status);
  },

  "status-reconnect"({ query, cookies }) {
    const status = query.get("status") ?? "204";
    const name = `request${query.get("id") ?? status}`;
    if (cookies.get(name) === status) {
      cookies.delete(name);
      return stream("data: data\n\n");
    }
    cookies.set(name, status);
    return stream(`retry: 2\n${query.has("ok_first") ? "data: ok\n\n" : ""}`, {}, Number(status));
  },

  "reconnect-fail"({ query, cookies }) {
    const name = `recon_fail_${query.get("id")}`;
    const state = cookies.get(name);
    if (state === "reconnected") {
      cookies.delete(name);
      return stream(null, {}, 204);
    }
    cookies.set(name, state === undefined ? "opened" : "reconnected");
    return stream(state === undefined ? "retry: 2\ndata: opened\n\n" : "data: reconnected\n\n");
  },

  "cors-cookie"({ request, query }) {
    // The client's own cookies, also where the server keeps the others: two sub-tests expect none.
    const cookies = new Cookies(cookiesOf(request));
    const name = query.get("ident") ?? "test";
    const state = cookies.get(name) ?? "NO_COOKIE";
    const id = request.headers.get("last-event-id");
    if (id === null) cookies.set(name, "COOKIE");
    else cookies.delete(name);
    const response = id === null
      ? stream(`id: 1\nretry: 200\ndata: first ${state}\n\n`)
      : stream(`id: 2\ndata: second ${state}\n\n`);
    share(request, query, response.headers);
    for (const cookie of cookies.changes) response.headers.append("Set-Cookie", cookie);
    return response;
  },

  "cors-unsafe-last-event-id"({ request, query, stash }) {
    const fixture = query.get("fixture") ?? "";
    const token = query.get("token") ?? "";
    const wanted = request.headers.get("access-control-request-headers");
    const id = request.headers.get("last-event-id");
    const expected = { safe: "abc", unsafe: "e5p3n<3k0k0s", long: "a".repeat(255) }[fixture];
    const headers = {
      "Access-Control-Allow-Origin": request.headers.get("origin") ?? "null",
      "Cache-Control": "no-store",
      ...(wanted === null ? {} : { "Access-Control-Allow-Headers": wanted }),
    };
    if (request.method === "OPTIONS") {
      // The original does so too, and no preflight has that field: each is refused.
      if (id === null) return stream(null, headers, 400);
      stash.set(token, wanted ?? "");
      return stream(null, headers);
    }
    if (id === null) return stream(`id: ${expected}\nretry: 200\ndata: ${fixture}\n\n`, headers);
    const asked = stash.get(token);
    stash.delete(token);
    const isRight = id === expected &&
      asked?.toLowerCase() === (fixture === "safe" ? undefined : "last-event-id");
    const about = `got ${id}, expected ${expected}; the preflight asked for ${asked ?? "nothing"}`;
    return stream(`event: ${isRight ? "success" : "failure"}\ndata: ${about}\n\n`, headers);
  },

  redirect({ query }) {
    const location = query.get("location") ?? "";
    return new Response(null, {
      status: Number(query.get("status") ?? 302),
      headers: { Location: location },
    });
  },
};

/** Cookies by name, and the header fields that change them in the client. */
class Cookies {
  readonly changes: string[] = [];
  readonly #values: Map<string, string>;

  constructor(values: Map<string, string>) {
    this.#values = values;
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  set(name: string, value: string): void {
    this.#values.set(name, value);
    this.changes.push(`${name}=${value}; Path=/`);
  }

  delete(name: string): void {
    this.#values.delete(name);
    this.changes.push(`${name}=; Path=/; Max-Age=0`);
  }
}

function cookiesOf(request: Request): Map<string, string> {
  const pairs = request.headers.get("cookie")?.split("; ") ?? [];
  return new Map(pairs.map((pair) => pair.split("=") as [string, string]));
}

/** Lets a page of another origin read the response. */
function share(request: Request, query: URLSearchParams, headers: Headers): void {
  const origin = query.get("origin") ?? request.headers.get("origin");
  if (origin !== null) headers.set("Access-Control-Allow-Origin", origin);
  headers.set("Access-Control-Allow-Credentials", query.get("credentials") ?? "true");
}

function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

function stream(body: BodyInit | null, headers: HeadersInit = {}, status = 200): Response {
  return new Response(body, {
    status,
    headers: { "Content-Type": "text/event-stream", ...headers },
  });
}
