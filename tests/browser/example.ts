/**
 * The example pages, as their server serves them.
 *
 * @module
 */

import { loadPage } from "../../examples/browser.ts";
import type { File } from "./site.ts";

/** Answers a request for a path. */
export const example: (path: string) => Response = await loadPage();

/** The same for a site; `undefined` for a 404. */
export async function serve(path: string): Promise<File | undefined> {
  const response = example(path);
  if (!response.ok) return undefined;
  const { "content-type": type = "", ...headers } = Object.fromEntries(response.headers);
  return { body: await response.text(), type, headers };
}
