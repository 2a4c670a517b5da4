/**
 * Prints the events of a source with console.log, as a user would, up to the first error event.
 * The arguments are the URL and the options, as JSON.
 *
 * @module
 */

import process from "node:process";
import { EventSource } from "../../../mod.ts";

const [url = "", init = "{}"] = process.argv.slice(2);
const source = new EventSource(url, JSON.parse(init));
source.onopen = (event) => console.log(event);
source.onmessage = (event) => console.log(event);
source.addEventListener("nested", (event) => console.log("in an object", { event }));
source.onerror = (event) => {
  console.log(event);
  source.close();
};
