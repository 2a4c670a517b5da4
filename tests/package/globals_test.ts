/**
 * Globals that others have replaced before the package is imported: it takes its classes from one
 * realm, and works.
 */

import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { withFeed } from "./feed.ts";
import { createProject } from "./project.ts";
import { nodes } from "./tools.ts";

const project = await createProject();
for (
  const name of [
    ...["common", "compiler", "core", "platform-browser", "platform-server"]
      .map((part) => `@angular/${part}`),
    "jsdom",
    "rxjs",
    "zone.js",
  ]
) {
  project.link(name, name);
}

project.write(
  "follow.mjs",
  `process.on("uncaughtException", ({ message }) => console.log("uncaught:", message));
if (process.argv[3] === "angular") {
  await import("@angular/compiler");
  await import("@angular/platform-server/init");
} else if (process.argv[3] === "zone.js") {
  await import("zone.js/node");
} else {
  const { JSDOM } = await import("jsdom");
  const { window } = new JSDOM("", { url: "http://localhost/" });
  for (const name of process.argv[3].split("+")) globalThis[name] = window[name];
}
for (const entry of ["", "/node", "/browser"]) {
  const { EventSource } = await import("@x/eventsource" + entry);
  const source = new EventSource(process.argv[2], { headers: { "X-Token": "secret" } });
  const seen = [];
  await new Promise((resolve) => {
    for (const type of ["open", "message", "error"]) {
      source.addEventListener(type, (event) => {
        seen.push(event.type, event.target === source, event.data ?? event.message);
        if (type === "error") resolve();
      });
    }
    source.onmessage = ({ data }) => seen.push(data);
  });
  source.close();
  console.log(...seen.slice(0, -1));
}
`,
);

/** What is replaced: by a library as it does by itself, or one by one by those of jsdom. */
const REPLACED = [
  "angular",
  "zone.js",
  "Event",
  "EventTarget",
  "MessageEvent",
  "Event+EventTarget",
  "Event+MessageEvent",
  "EventTarget+MessageEvent",
  "Event+EventTarget+MessageEvent+AbortController+AbortSignal",
];

// The oldest and the newest: it is the libraries that differ.
for (const [name, binary] of new Map([nodes.at(0)!, nodes.at(-1)!])) {
  test(`package: works where others have replaced the classes of events [${name}]`, async () => {
    await withFeed(async (url) => {
      for (const replaced of REPLACED) {
        const { output, errors } = await project.run([binary, "follow.mjs", url, replaced]);
        const line = "open true undefined message true secret secret error true\n";
        assertEquals(output, line.repeat(3), `${replaced}: ${errors}`);
      }
    });
  });
}
