/**
 * Follows a stream that redirects to where Deno permits nothing, or one that is there itself, and
 * prints what comes of it. The argument is the URL.
 *
 * @module
 */

import { EventSource } from "../../../mod.ts";

const [url = ""] = Deno.args;
const source = new EventSource(url);
source.onerror = ({ reason, willReconnect, message }) => {
  console.log(reason, willReconnect, message);
};
