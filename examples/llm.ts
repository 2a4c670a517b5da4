// deno run --allow-net examples/llm.ts

/**
 * Streams the answer of a language model: a POST with an authorization header, the tokens printed
 * as they come, up to the API's own end marker.
 *
 * The model is a mock, served by this file: it answers as the OpenAI-compatible APIs do, with
 * messages of JSON and `[DONE]` at the end. For a real one, change the URL and the key.
 *
 * @module
 */

import { EventSource } from "@x/eventsource";

const model = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
const url = `http://127.0.0.1:${model.addr.port}/v1/chat/completions`;

const source = new EventSource(url, {
  method: "POST",
  headers: { Authorization: "Bearer example-key", "Content-Type": "application/json" },
  body: JSON.stringify({
    model: "mock",
    stream: true,
    messages: [{ role: "user", content: "What are server-sent events?" }],
  }),
});

const encoder = new TextEncoder();
// What goes wrong is thrown here: a wrong key, for example, with status 401.
for await (const { data } of source) {
  if (data === "[DONE]") break;
  const token = JSON.parse(data).choices[0].delta.content ?? "";
  await Deno.stdout.write(encoder.encode(token));
}
console.log();
await model.shutdown();

/** The mock of the API. */
async function answer(request: Request): Promise<Response> {
  if (request.method !== "POST" || !request.headers.has("authorization")) {
    return Response.json({ error: "POST with an API key" }, { status: 401 });
  }
  const { messages } = await request.json();
  const tokens = `You asked: "${messages.at(-1).content}" They are a stream of text events that a \
server sends over one HTTP response, each as soon as there is something to say.`.match(/\S+\s*/g);
  const stream = new ReadableStream<Uint8Array>({
    async start(controller): Promise<void> {
      const send = (data: string): void => controller.enqueue(encoder.encode(`data: ${data}\n\n`));
      for (const content of tokens ?? []) {
        send(JSON.stringify({ choices: [{ delta: { content } }] }));
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      send("[DONE]");
      controller.close();
    },
  });
  return new Response(stream, { headers: { "Content-Type": "text/event-stream" } });
}
