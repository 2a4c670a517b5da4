/** Prints a source, and the events of one that opens, gets a message and fails. */

import { EventSource } from "@x/eventsource";

export default {
  async fetch(_request: Request, env: { UPSTREAM: string }): Promise<Response> {
    const source = new EventSource(env.UPSTREAM, { reconnection: false });
    console.log("as it is:", source, { within: source });
    await new Promise<void>((resolve) => {
      for (const type of ["open", "message", "error"]) {
        source.addEventListener(type, (event) => {
          console.log("an event:", event, { within: event });
          if (type === "error") resolve();
        });
      }
    });
    return new Response("printed");
  },
};
