/** Follows a stream through a fetch of its own that asks for Cloudflare's cache. */

import { EventSource, EventSourceError, type FetchLike } from "@x/eventsource";

/** What a Worker's fetch takes besides. */
const CACHED = { cf: { cacheTtl: 60 } };

const FETCHES: Readonly<Record<string, FetchLike>> = {
  "/with": (url, init) => fetch(url, Object.assign({}, init, CACHED)),
  "/without": (url, { cache: _, ...init }) => fetch(url, Object.assign({}, init, CACHED)),
};

export default {
  async fetch(request: Request, env: { UPSTREAM: string }): Promise<Response> {
    const fetch = FETCHES[new URL(request.url).pathname];
    const source = new EventSource(env.UPSTREAM, { fetch, reconnection: false });
    try {
      for await (const { data } of source) return Response.json({ data });
      return new Response(null, { status: 204 });
    } catch (error) {
      if (!(error instanceof EventSourceError)) throw error;
      const { reason, message } = error;
      return Response.json({ reason, message });
    }
  },
};
