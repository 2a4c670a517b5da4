/** What the example's routes have in common. */

import { assertEquals } from "@std/assert";
import { ending, script } from "../scripted.ts";
import { startExample, testWorkers } from "./example.ts";

testWorkers("another method than GET is refused, and told what is not", async (compat) => {
  const upstream = await script(ending());
  await using worker = await startExample(compat, { UPSTREAM: upstream.url });
  for (const path of ["/wind?above=5", "/fahrenheit", "/feed", "/"]) {
    const response = await fetch(`${worker.url}${path}`, { method: "POST", body: "a" });
    assertEquals(
      [response.status, response.headers.get("Allow"), await response.text()],
      [405, "GET", "Only GET is known here\n"],
    );
  }
  assertEquals(await upstream.count(), 0);
});

testWorkers("without a token the upstream is sent none", async (compat) => {
  for (const UPSTREAM_TOKEN of [undefined, ""]) {
    const wind = 'event: wind\ndata: {"speed":9}\n\n';
    const upstream = await script({ steps: [{ write: wind }] });
    await using worker = await startExample(compat, { UPSTREAM: upstream.url, UPSTREAM_TOKEN });
    for (const path of ["/wind?above=5", "/fahrenheit", "/feed"]) {
      const response = await fetch(`${worker.url}${path}`, {
        signal: AbortSignal.timeout(10_000),
      });
      assertEquals(response.status, 200);
      await response.body?.cancel();
    }
    const requests = await upstream.requests(3);
    assertEquals(requests.map(({ headers }) => headers["authorization"]), Array(3).fill(undefined));
  }
});
