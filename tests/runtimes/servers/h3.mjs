// h3 on Node.js: three events after the last one that the client has, then the end.
import { createEventStream, H3, serve } from "h3";

const app = new H3();

app.get("/", (event) => {
  const stream = createEventStream(event);
  const last = Number(event.req.headers.get("last-event-id") ?? 0);
  (async () => {
    await stream.pushComment("three more");
    for (let id = last + 1; id <= last + 3; id++) {
      await stream.push({ event: "tick", id: String(id), data: `event\n${id}`, retry: 20 });
    }
    await stream.close();
  })();
  return stream;
});

const server = serve(app, { port: 0, hostname: "127.0.0.1", silent: true });
await server.ready();
console.log(new URL(server.url).port);
