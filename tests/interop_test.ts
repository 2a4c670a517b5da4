import { assertEquals } from "@std/assert";
import { EventSource } from "@x/eventsource";
import { config, test } from "./harness.ts";

for (const [name, url] of Object.entries(config.interop)) {
  test(`interoperation: ${name} is followed over its ends, nothing lost or repeated`, async () => {
    const source = new EventSource(url);
    const received: string[] = [];
    let opened = 0;
    source.onopen = () => opened++;
    await new Promise<void>((resolve) => {
      source.addEventListener("tick", ({ data, lastEventId }) => {
        // better-sse sends JSON.
        received.push(`${lastEventId}: ${data.startsWith('"') ? JSON.parse(data) : data}`);
        if (received.length < 7) return;
        source.close();
        resolve();
      });
    });
    assertEquals(received, [1, 2, 3, 4, 5, 6, 7].map((id) => `${id}: event\n${id}`));
    assertEquals([opened, source.reconnectionTime], [3, 20]);
  }, { skip: { browser: "these servers let no page of another origin read them" } });
}
