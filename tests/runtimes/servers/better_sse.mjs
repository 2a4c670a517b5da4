// better-sse on Node.js: three events after the last one that the client has, then the end.
import { createServer } from "node:http";
import { createSession } from "better-sse";

const server = createServer(async (request, response) => {
  const session = await createSession(request, response, { retry: 20 });
  const last = Number(session.lastId || 0);
  for (let id = last + 1; id <= last + 3; id++) session.push(`event\n${id}`, "tick", String(id));
  setTimeout(() => response.end(), 20);
});

server.listen(0, "127.0.0.1", () => console.log(server.address().port));
