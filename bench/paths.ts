/**
 * Where things are.
 *
 * @module
 */

/** The npm package, as `deno task build:npm` makes it. */
export const PACKAGE: URL = new URL("../npm/", import.meta.url);
