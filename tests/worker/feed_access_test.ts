/** The example's feed: who may read it. */

import { assertEquals } from "@std/assert";
import { NEWEST_WORKERS } from "../../scripts/workerd.ts";
import { test } from "../harness.ts";
import { startExample } from "./example.ts";
import { idsOf, testFeed } from "./feed.ts";
import { openReader } from "./reader.ts";
import { startUpstream } from "./upstream.ts";

const PAGE = "https://page.example";

testFeed("is for pages of the origins that are allowed", async ({ upstream, url }) => {
  const preflight = await fetch(url, {
    method: "OPTIONS",
    headers: {
      Origin: PAGE,
      "Access-Control-Request-Method": "GET",
      "Access-Control-Request-Headers": "last-event-id",
    },
  });
  assertEquals([preflight.status, await preflight.text()], [204, ""]);
  assertEquals(corsOf(preflight), [PAGE, "true"]);
  assertEquals(preflight.headers.get("Access-Control-Allow-Methods"), "GET");
  const allowed = preflight.headers.get("Access-Control-Allow-Headers") ?? "";
  assertEquals(allowed.toLowerCase().split(", ").includes("last-event-id"), true);

  const response = await fetch(url, { headers: { Origin: PAGE } });
  assertEquals([response.status, ...corsOf(response)], [200, PAGE, "true"]);
  assertEquals(response.headers.get("Vary"), "Origin");
  await response.body?.cancel();
  await upstream.until(({ open }) => open === 1);

  const other = await fetch(url, { headers: { Origin: "https://other.example" } });
  assertEquals([other.status, ...corsOf(other)], [403, null, null]);
  assertEquals(await other.text(), "The feed is not for https://other.example\n");
  // The Worker's own pages need no leave.
  const own = await fetch(url, { headers: { Origin: new URL(url).origin } });
  assertEquals([own.status, ...corsOf(own)], [200, null, null]);
  await own.body?.cancel();
}, { ORIGINS: `https://first.example ${PAGE}` });

function corsOf({ headers }: Response): (string | null)[] {
  return ["Origin", "Credentials"].map((name) => headers.get(`Access-Control-Allow-${name}`));
}

test("Worker: /feed asks hooks of the user's who may read, and what", async () => {
  const example = new URL("../../examples/worker/", import.meta.url);
  const folder = await Deno.makeTempDir();
  for (const { name } of Deno.readDirSync(example)) {
    await Deno.copyFile(new URL(name, example), `${folder}/${name}`);
  }
  await Deno.writeTextFile(
    `${folder}/hooks.ts`,
    `export async function authorize(request) {
      if (request.headers.get("Authorization") !== "Bearer reader") {
        return new Response("Who are you?", { status: 401 });
      }
    }
    export const isAllowed = () => false;
    export function mapEvent({ type, data }) {
      return data === "secret" ? undefined : { type, data: data.toUpperCase() };
    }`,
  );
  await using upstream = startUpstream();
  const compatibility = { date: NEWEST_WORKERS, nodeCompat: false };
  await using worker = await startExample(compatibility, { UPSTREAM: upstream.url }, {
    text: `export * from "${folder}/worker.ts"; export { default } from "${folder}/worker.ts";`,
  });
  await Deno.remove(folder, { recursive: true });
  const url = `${worker.url}/feed`;
  const refused = await fetch(url);
  assertEquals([refused.status, await refused.text()], [401, "Who are you?"]);
  assertEquals(upstream.requests.length, 0);
  const reader = await openReader(url, { headers: { Authorization: "Bearer reader" } });
  await upstream.until(({ open }) => open === 1);
  upstream.publish({ data: "a" }, { data: "secret" }, { type: "wind", data: "b" });
  const messages = await reader.next(2);
  assertEquals(idsOf(messages), [1, 2]);
  assertEquals(messages.map(({ event, data }) => [event, data]), [[undefined, "A"], ["wind", "B"]]);
});
