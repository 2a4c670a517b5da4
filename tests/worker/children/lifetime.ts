/**
 * A Worker that makes sources in its several contexts, and prints what each dispatches.
 *
 * @module
 */

// @ts-expect-error: workerd has it, and Deno does not know of it.
import { DurableObject } from "cloudflare:workers";
import { EventSource } from "@x/eventsource";

interface Env {
  readonly UPSTREAM: string;
  readonly OBJECT: {
    idFromName(name: string): unknown;
    get(id: unknown): { fetch(request: Request): Promise<Response> };
  };
}

function follow({ UPSTREAM }: Env): EventSource {
  const source = new EventSource(UPSTREAM);
  source.onopen = () => console.log("seen: open");
  source.onmessage = ({ data }) => console.log(`seen: ${data}`);
  source.onerror = ({ message }) => console.log(`seen: error ${message}`);
  return source;
}

function until(source: EventSource, last: string): Promise<void> {
  return new Promise((resolve) =>
    source.addEventListener("message", ({ data }) => {
      if (data === last) resolve();
    })
  );
}

/** What workerd calls. */
export default {
  async fetch(
    request: Request,
    env: Env,
    context: { waitUntil(promise: Promise<unknown>): void },
  ): Promise<Response> {
    switch (new URL(request.url).pathname) {
      case "/response": {
        await until(follow(env), "first");
        return new Response("answered");
      }
      case "/wait-until":
        context.waitUntil(until(follow(env), "last"));
        return new Response("answered");
      case "/stream": {
        const source = follow(env);
        const body = new ReadableStream({
          start(controller): void {
            source.addEventListener(
              "message",
              ({ data }) => controller.enqueue(new TextEncoder().encode(`data: ${data}\n\n`)),
            );
          },
        });
        const headers = { "Content-Type": "text/event-stream" };
        return new Response(body, { headers });
      }
      default:
        return await env.OBJECT.get(env.OBJECT.idFromName("object")).fetch(request);
    }
  },
};

export class Lasting extends DurableObject {
  #source: EventSource | undefined;

  fetch(): Response {
    // deno-lint-ignore no-explicit-any
    this.#source ??= follow((this as any).env);
    return new Response(`state ${this.#source.readyState}`);
  }
}
