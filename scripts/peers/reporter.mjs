/**
 * A reporter for `node --test`: a line of JSON for each test, with the names of its file and suites
 * in front.
 *
 * @module
 */

import { basename } from "node:path";

export default async function* report(events) {
  for await (const { type, data } of events) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    const { name, details, file = "", todo, skip } = data;
    // A suite, and a file, is no test of its own; one that could not be loaded fails.
    const isGroup = details.type === "suite" || name === file;
    const { code, failureType, cause } = details.error ?? {};
    if (isGroup && (type === "test:pass" || failureType === "subtestsFailed")) continue;
    if (skip !== undefined || todo !== undefined) continue;
    const message = details.error === undefined
      ? undefined
      : String(cause?.message ?? cause ?? code);
    yield `${
      JSON.stringify({ name: `${basename(file)}: ${name}`, ok: type === "test:pass", message })
    }\n`;
  }
}
