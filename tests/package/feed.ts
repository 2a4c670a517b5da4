/**
 * A server for programs in other processes.
 *
 * @module
 */

/** Runs `use` with the URL of a feed whose one event is the `X-Token` that it was asked with. */
export async function withFeed(
  use: (url: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, (request) => {
    const text = `data: ${request.headers.get("x-token")}\n\n`;
    return new Response(text, {
      headers: { "content-type": "text/event-stream" },
    });
  });
  try {
    await use(`http://127.0.0.1:${server.addr.port}/`);
  } finally {
    await server.shutdown();
  }
}

/** The body of a module that has an `EventSource`: follows a feed until its first event. */
export const FOLLOW = `
async function follow(url) {
  const source = new EventSource(url, { headers: { "X-Token": "secret" } });
  const [data] = await Promise.race([
    new Promise((resolve) => source.onmessage = (event) => resolve([event.data])),
    new Promise((_, reject) => source.onerror = (event) => reject(event.error)),
  ]);
  source.close();
  return data;
}
`;
