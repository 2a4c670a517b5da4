/**
 * Runs the bundled tests under `workerd test`, and prints each result as a line of JSON.
 *
 * @module
 */

import { runTests } from "./collector.ts";

// std's assertions ask whether a value is one; without nodejs_compat there are none.
globalThis.WeakRef ??= class {} as unknown as WeakRefConstructor;

/** What workerd calls. */
export default {
  async test(): Promise<void> {
    await runTests((result) => console.log(`test-result ${JSON.stringify(result)}`));
    console.log("test-end");
  },
};
