/**
 * The version, which deno.json alone says.
 *
 * @module
 */

import config from "../../deno.json" with { type: "json" };

/** The version of the package. */
export const version: string = config.version;
