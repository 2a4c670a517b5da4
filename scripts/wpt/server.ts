/**
 * What the `eventsource/` tests of the Web Platform Tests ask of their server.
 *
 * @module
 */

/** Starts the server on loopback. */
export function startWptServer(): Deno.HttpServer<Deno.NetAddr> {
  seen.clear();
  return Deno.serve({ hostname: "localhost", port: 0, onListen: () => {} }, handle);
}

function handle(request: Request): Response | Promise<Response> {
  const url = new URL(request.url);
  const name = url.searchParams.get("run") ?? url.pathname.split("/").at(-1)?.split(".")[0] ?? "";
  const respond = HANDLERS[name];
  return respond === undefined
    ? new Response(null, { status: 404 })
    : respond(request, url.searchParams);
}

type Handler = (request: Request, query: URLSearchParams) => Response | Promise<Response>;

const HANDLERS: Record<string, Handler> = {
  async message(_request, query) {
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
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  },

  accept: (request) => stream(`data: ${request.headers.get("accept")}\n\n`),

  "cache-control": (request) => stream(`data: ${request.headers.get("cache-control")}\n\n`),

  "last-event-id"(request, query) {
    const id = request.headers.get("last-event-id");
    return id
      ? stream(latin1(`data: ${id}\n\n`))
      : stream(`id: ${query.get("idvalue") ?? "\u2026"}\nretry: 200\ndata: hello\n\n`);
  },

  "last-event-id2"(_request, query) {
    const type = query.get("type");
    if (type === "2") return stream("id: 1\ndata: 1\n\nid:\ndata:2\n\ndata:3\n\n");
    if (type === "3") return stream("id: 1\ndata: 1\n\nid\ndata:2\n\ndata:3\n\n");
    return stream("id: 1\ndata: 1\n\ndata: 2\n\nid: 2\ndata:3\n\ndata:4\n\n");
  },

  "status-error"(_request, query) {
    const status = Number(query.get("status"));
    return stream(status === 204 || status === 205 ? null : "data: data\n\n", {}, status);
  },

  // The original keeps its state in cookies, which no runtime but the browser has.
  "status-reconnect"(_request, query) {
    const status = Number(query.get("status"));
    if (returning(`status-reconnect ${query.get("id") ?? status}`)) {
      return stream("data: data\n\n");
    }
    return stream(`retry: 2\n${query.has("ok_first") ? "data: ok\n\n" : ""}`, {}, status);
  },

  "reconnect-fail"(_request, query) {
    const id = query.get("id");
    if (!returning(`first ${id}`)) return stream("retry: 2\ndata: opened\n\n");
    if (!returning(`second ${id}`)) return stream("data: reconnected\n\n");
    return stream(null, {}, 204);
  },

  // Without cookies, which is what the sub-tests expect that need none.
  "cors-cookie"(request) {
    const id = request.headers.get("last-event-id");
    if (id === null) return stream("id: 1\nretry: 200\ndata: first NO_COOKIE\n\n");
    return stream("id: 2\ndata: second NO_COOKIE\n\n");
  },

  redirect(_request, query) {
    const location = query.get("location") ?? "";
    return new Response(null, {
      status: Number(query.get("status") ?? 302),
      headers: { Location: location },
    });
  },
};

const seen = new Set<string>();

function returning(key: string): boolean {
  return seen.has(key) || seen.add(key) === undefined;
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
