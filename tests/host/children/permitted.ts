/**
 * Reads one event by the entry for Node.js, and prints it, or why there is none. The arguments are
 * the URL and the options.
 *
 * @module
 */

import { EventSource } from "../../../node.ts";

const [url = "", options = "{}"] = Deno.args;
const source = new EventSource(url, { ...JSON.parse(options), reconnection: false });
source.onmessage = ({ data }) => {
  console.log(data);
  source.close();
};
source.onerror = ({ message }) => console.log(message);
