/**
 * Follows the URL until the first message: with nothing else to do, the process lives on the timer
 * of the source alone while that waits to reconnect.
 *
 * @module
 */

import process from "node:process";
import { EventSource } from "../../../mod.ts";

const source = new EventSource(process.argv[2] ?? "");
source.onmessage = ({ data }) => {
  console.log(`message ${data}`);
  source.close();
};
