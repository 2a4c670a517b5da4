/**
 * The Workers of the machines that a feed is spread over, as text: what they import is compiled
 * with Cloudflare's types alone.
 *
 * @module
 */

const EXAMPLE = new URL("../../../examples/worker/", import.meta.url);

/** The machine that has the example's log: others ask it. */
export const LOG_MACHINE: string = `
export { Log } from "${EXAMPLE}log.ts";

export default {
  fetch(request, env) {
    return env.LOG.get(env.LOG.idFromName("log")).fetch(request);
  },
};
`;

/** A machine that has one of the example's relays, and asks another machine for the log. */
export const RELAY_MACHINE: string = `
import { Relay as ExampleRelay } from "${EXAMPLE}relay.ts";

export { default } from "${EXAMPLE}worker.ts";

export class Relay extends ExampleRelay {
  constructor(ctx, env) {
    super(ctx, { ...env, LOG: { idFromName: (name) => name, get: () => env.LOG_MACHINE } });
  }
}
`;

/**
 * The control: an object that writes the same bytes to its readers, ten times a second, and does
 * nothing else. What the feed costs more is the feed's.
 */
export const CONTROL_MACHINE: string = `
import { DurableObject } from "cloudflare:workers";

const encoder = new TextEncoder();

export class Control extends DurableObject {
  #controllers = new Set();
  #id = 0;
  #timer;

  fetch() {
    const { RATE, DATA } = this.env;
    this.#timer ??= setInterval(() => {
      let text = "";
      for (let count = 0; count < RATE / 10; count++) {
        text += "id: " + ++this.#id + "\\ndata: " + Date.now() + " " + DATA + "\\n\\n";
      }
      const bytes = encoder.encode(text);
      for (const controller of this.#controllers) controller.enqueue(bytes);
    }, 100);
    let own;
    const stream = new ReadableStream({
      start: (controller) => void this.#controllers.add(own = controller),
      cancel: () => void this.#controllers.delete(own),
    });
    return new Response(stream, { headers: { "Content-Type": "text/event-stream" } });
  }
}

export default {
  fetch(request, env) {
    return env.CONTROL.get(env.CONTROL.idFromName("control")).fetch(request);
  },
};
`;
