/**
 * No promise of the library's is ever rejected with nobody to handle it: on Node.js and Deno that
 * would end the process.
 */

import { assertEquals } from "@std/assert";
import { script, streaming } from "../scripted.ts";
import { listenInSilence, refusedUrl } from "./loopback.ts";
import { testPrograms } from "./programs.ts";

testPrograms("rejections: none is left unhandled, whatever fails or closes", async (run) => {
  const body = [{ write: "retry: 1\ndata: a\n\n" }];
  const looping = await script({ status: 302, headers: { Location: "?" } });
  using silence = listenInSilence();
  const urls: Record<string, string> = {
    refused: refusedUrl(),
    silent: silence.url,
    loop: looping.url,
  };
  for (
    const [name, answer] of Object.entries({
      open: streaming("data: a\n\n"),
      comment: streaming(": a\n"),
      rejected: { status: 404, steps: body },
      type: { headers: { "Content-Type": "text/html" }, steps: body },
      reset: { steps: [...body, { wait: 5 }, "reset" as const] },
      ended: { steps: [...body, "end" as const] },
    })
  ) {
    urls[name] = (await script(answer)).url;
  }
  const { lines, code, report } = await run("rejections.ts", JSON.stringify(urls));
  // The first line shows that a rejection would have been seen.
  assertEquals(
    [lines.map(({ text }) => text), code],
    [["unhandled: on purpose", "done"], 0],
    report,
  );
});

/** By what a fetch does: what the source must then do. */
const ODD: Readonly<Record<string, string>> = {
  "rejects with an object without a prototype": "network 0",
  "rejects with a symbol": "network 0",
  "rejects with an error without a message": "network 0",
  "rejects with an error whose cause has no message": "network 0",
  "rejects with an error whose message throws": "network 0",
  "answers with a body that is no ReadableStream": "network 0",
  "rejects a request with a body that is no ReadableStream": "network 0",
  "redirects with a body that is no ReadableStream": "network 0",
};

testPrograms("rejections: a fetch may reject or answer with anything", async (run) => {
  const { lines, report } = await run("odd_fetches.ts");
  const expected = Object.entries(ODD).map(([what, then]) => `${what}: ${then}`);
  assertEquals(lines.map(({ text }) => text).sort(), expected.sort(), report);
});
