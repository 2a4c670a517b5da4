// Hono's streamSSE on Bun: three events after the last one that the client has, then the end.
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";

const app = new Hono();

app.get("/", (context) =>
  streamSSE(context, async (stream) => {
    const last = Number(context.req.header("last-event-id") ?? 0);
    for (let id = last + 1; id <= last + 3; id++) {
      await stream.writeSSE({ event: "tick", id: String(id), data: `event\n${id}`, retry: 20 });
    }
  }));

const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: app.fetch });
console.log(server.port);
