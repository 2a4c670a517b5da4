// deno run --allow-net examples/llm.ts

/**
 * Streams the answers of a language model: a POST, the tokens printed as they come, up to the API's
 * own end marker. Then an answer that the reader stops, and a request that the API refuses.
 *
 * The model is a mock, served by this file: it answers as the OpenAI-compatible APIs do, with
 * messages of JSON and `[DONE]` at the end. For a real one, change the URL and the key.
 *
 * @module
 */

import process from "node:process";
import { EventSource, EventSourceError } from "@x/eventsource";

const model = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
const url = `http://127.0.0.1:${model.addr.port}/v1/chat/completions`;

/** The tokens of an answer. Aborting the signal ends them and the model's work. */
async function* ask(
  question: string,
  { key = "key", signal }: { key?: string; signal?: AbortSignal } = {},
): AsyncGenerator<string, void> {
  const source = new EventSource(url, {
    method: "POST",
    headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    body: JSON.stringify({
      model: "mock",
      stream: true,
      messages: [{ role: "user", content: question }],
    }),
    signal,
  });
  for await (const { data } of source) {
    if (data === "[DONE]") return;
    const { error, choices } = JSON.parse(data);
    if (error !== undefined) throw new Error(error.message);
    yield choices[0].delta.content ?? "";
  }
  // The request is not repeated: a second one would be billed again.
  if (!signal?.aborted) throw new Error("the answer broke off before its end marker");
}

for await (const token of ask("What are server-sent events?")) process.stdout.write(token);
console.log();

const button = new AbortController();
let tokens = 0;
for await (const token of ask("Why?", { signal: button.signal })) {
  process.stdout.write(token);
  tokens++;
  if (tokens === 5) button.abort();
}
console.log("... stopped");

try {
  for await (const token of ask("Again?", { key: "wrong" })) process.stdout.write(token);
} catch (error) {
  if (!(error instanceof EventSourceError)) throw error;
  // The body was read before the error was thrown.
  console.log(`the API refused: ${await error.response?.text() ?? error.message}`);
}
await model.shutdown();

/** The mock of the API. */
async function answer(request: Request): Promise<Response> {
  if (request.headers.get("authorization") !== "Bearer key") {
    return Response.json({ error: { message: "Incorrect API key" } }, { status: 401 });
  }
  const { messages } = await request.json();
  const tokens = `You asked: "${messages.at(-1).content}" They are a stream of text events that a \
server sends over one HTTP response, each as soon as there is something to say.`.match(/\S+\s*/g);
  let timer: ReturnType<typeof setInterval> | undefined;
  const stream = new ReadableStream<string>({
    start(controller): void {
      const send = (data: string): void => controller.enqueue(`data: ${data}\n\n`);
      timer = setInterval(() => {
        const content = tokens?.shift();
        if (content !== undefined) {
          return send(JSON.stringify({ choices: [{ delta: { content } }] }));
        }
        clearInterval(timer);
        send("[DONE]");
        controller.close();
      }, 30);
    },
    cancel(): void {
      clearInterval(timer);
      console.log(`(the model stopped with ${tokens?.length} tokens to go)`);
    },
  });
  return new Response(stream.pipeThrough(new TextEncoderStream()), {
    headers: { "Content-Type": "text/event-stream" },
  });
}
