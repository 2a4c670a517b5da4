/**
 * Handlers of every kind that throw, over two connections. Prints what the runtime reports as
 * uncaught exceptions and, to tell that the source goes on, what follows each of them.
 *
 * @module
 */

import process from "node:process";
import { EventSource } from "../../../mod.ts";
import { caught } from "./globals.ts";

caught("uncaught exception", (thrown) => console.log(`caught ${thrown}`));

const source = new EventSource(process.argv[2] ?? "", {
  onComment(comment): void {
    throw new Error(`comment ${comment}`);
  },
});
source.onopen = () => {
  throw new Error("onopen");
};
source.onmessage = ({ data }) => {
  throw new Error(`onmessage ${data}`);
};
source.addEventListener("named", ({ data }) => {
  throw new Error(`listener ${data}`);
});
source.addEventListener("named", {
  handleEvent({ data }): void {
    console.log(`next listener ${data}`);
  },
});
source.onerror = () => {
  throw new Error("onerror");
};
source.addEventListener("last", () => {
  source.close();
  console.log("closed");
});
