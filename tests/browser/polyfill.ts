/**
 * The polyfill as the script that pages load.
 *
 * @module
 */

import { bundlePolyfill } from "../../scripts/build_polyfill.ts";
import { type File, script } from "./site.ts";

/** The script, built for the tests. */
export const POLYFILL: File = script((await bundlePolyfill()).script);
