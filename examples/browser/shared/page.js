// The script of index.html: shows the events that this tab gets, and where the connection is.

import { SharedSource } from "./shared_source.js";

const STATES = ["Connecting", "Open", "Closed"];
const PLACES = {
  worker: "in the SharedWorker",
  "this tab": "in this tab, which leads",
  "another tab": "in another tab",
};
/** How many entries the log keeps. */
const KEPT = 100;

// What browsers without SharedWorker do.
if (new URLSearchParams(location.search).has("leader")) delete globalThis.SharedWorker;

const find = (selector) => document.querySelector(selector);
const source = new SharedSource("/events");

for (const type of ["message", "wind"]) {
  source.addEventListener(type, ({ data, lastEventId }) => log(type, `${lastEventId}: ${data}`));
}
source.addEventListener("open", () => log("open", ""));
source.addEventListener("gap", () => log("gap", "events are missing"));
source.addEventListener(
  "error",
  ({ message, willReconnect }) =>
    log("error", `${message}; ${willReconnect ? "retrying" : "no retry"}`),
);
find("#close").addEventListener("click", () => {
  source.close();
  log("closed", "by the button");
});
show();

function log(type, text) {
  const entry = document.createElement("li");
  entry.className = type;
  const time = document.createElement("time");
  time.textContent = new Date().toLocaleTimeString([], { hour12: false });
  entry.append(time);
  for (const [name, content] of Object.entries({ type, text })) {
    const part = document.createElement("span");
    part.className = name;
    part.textContent = content;
    entry.append(part);
  }
  find("#log").prepend(entry);
  if (find("#log").children.length > KEPT) find("#log").lastElementChild.remove();
  show();
}

function show() {
  find(".state").dataset.state = source.readyState;
  find(".state .name").textContent = STATES[source.readyState];
  find("#place").textContent = PLACES[source.place];
  find("#last-id").textContent = source.lastEventId || "none";
  find("#close").disabled = source.readyState === EventSource.CLOSED;
}
