// deno run --allow-net examples/resume_by_query.ts

/**
 * Follows a feed that ignores `Last-Event-ID` and resumes by a query parameter, as many event logs, CI
 * systems and blockchains do. The `url` function is called before each attempt.
 *
 * The feed is a mock in this file. Each connection gets three entries, those after `?since=`.
 *
 * @module
 */

import { EventSource } from "@x/eventsource";

const feed = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, ({ url }) => {
  const since = Number(new URL(url).searchParams.get("since"));
  console.log(`(the feed is asked for what follows ${since})`);
  const entries = [1, 2, 3].map((step) => `data: {"offset":${since + step}}\n\n`);
  return new Response(entries.join(""), { headers: { "Content-Type": "text/event-stream" } });
});

let since = 0;
const source = new EventSource(`http://127.0.0.1:${feed.addr.port}/log`, {
  url: () => `?since=${since}`,
  // The feed closes on purpose after each batch.
  reconnection: { delay: 100, jitter: 0 },
});
for await (const { data } of source) {
  since = JSON.parse(data).offset;
  console.log("entry", since);
  if (since === 7) break;
}
await feed.shutdown();
