/**
 * Prints a source with console.log, as a user would, before and after its connection. The arguments
 * are the URL and the options, as JSON.
 *
 * @module
 */

import process from "node:process";
import { EventSource, EventSourceErrorEvent } from "../../../mod.ts";

class Ticker extends EventSource {}

const [url = "", init = "{}"] = process.argv.slice(2);
const source = new Ticker(url, JSON.parse(init));
console.log("new", source);
source.onmessage = () => console.log("following", { source });
source.onerror = () => {
  source.close();
  console.log("closed", source);
  console.log("made from a stream", EventSource.fromReadableStream(new ReadableStream()));
  console.log("nameless", new (class extends EventSource {})("about:blank"));
  // What has the accessors, and nothing for them to read.
  console.log("no source", Object.create(EventSource.prototype));
  console.log("no event", Object.create(EventSourceErrorEvent.prototype));
};
