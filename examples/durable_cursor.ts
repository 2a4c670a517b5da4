// deno run --allow-net --allow-read --allow-write examples/durable_cursor.ts <file> [url]

/**
 * Handles five events and ends. The next run resumes after them, even if this one crashed.
 *
 * The file holds the id of the last handled event in UTF-8, and a line feed. It has the format of
 * `eventsource --save-id`, so that each can resume where the other stopped.
 *
 * The feed is that of `examples/sse_server.ts 8000`, unless you name another.
 *
 * @module
 */

import { open, readFile, rename } from "node:fs/promises";
import process from "node:process";
import { EventSource } from "@x/eventsource";

const [file, url = "http://127.0.0.1:8000/events"] = process.argv.slice(2);
if (file === undefined) {
  console.error("Say where to keep the cursor: examples/durable_cursor.ts <file> [url]");
  process.exit(2);
}

const source = new EventSource(url, { lastEventId: await load(file) });
let handled = 0;
try {
  for await (const { type, lastEventId, data } of source) {
    if (type === "gap") console.warn(data);
    else console.log(lastEventId, data); // Stands for what you do with an event.

    // Only now: a crash before this line repeats an event, and never loses one. It saves the event's
    // id, because the source's may be ahead of the loop.
    await save(file, lastEventId);
    handled++;
    if (handled === 5) break;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}

/** The id to resume after; empty on the first run. */
async function load(file: string): Promise<string> {
  try {
    // An id cannot contain a line end.
    return (await readFile(file, "utf8")).replace(/\r?\n$/, "");
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return "";
    throw error;
  }
}

/** Replaces the file in one step, so that it never holds half an id. */
async function save(file: string, id: string): Promise<void> {
  const temporary = `${file}.new`;
  const handle = await open(temporary, "w");
  try {
    await handle.writeFile(id === "" ? "" : `${id}\n`);
    // It must be on disk before it gets its name.
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
}
