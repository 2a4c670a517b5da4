// The SharedWorker: its connection lives as long as any tab uses it.

import { Hub } from "./hub.js";

let hub;

/** Held for life: a tab that gets this lock knows that the worker has died. */
const lock = `worker ${Math.random()}`;
navigator.locks?.request(lock, () => new Promise(() => {}));

onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data.kind === "leave") return hub?.remove(port);
    if (hub === undefined || hub.isClosed) hub = new Hub(data.url, data.lastEventId);
    hub.add(port);
    hub.welcome(port, data);
  };
  port.postMessage({ kind: "lead", lock });
};
