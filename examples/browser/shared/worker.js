// The SharedWorker: its connection lives as long as any tab uses it.

import { Hub } from "./hub.js";

let hub;

onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data.kind === "leave") return hub?.remove(port);
    // A tab that gets no answer starts anew.
    if (data.kind === "ping") return hub?.has(port) && port.postMessage({ kind: "pong" });
    if (hub === undefined || hub.isClosed) hub = new Hub(data.url, data.lastEventId);
    hub.add(port);
    hub.welcome(port, data);
  };
  port.postMessage({ kind: "lead" });
};
