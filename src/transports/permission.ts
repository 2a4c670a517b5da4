/**
 * Deno's permissions: if one is missing, another attempt would not have it either.
 *
 * @module
 */

import { plainError } from "../causes.ts";
import type { EventSourceError } from "../errors.ts";
import { explain } from "../shown.ts";
import { cannotSend } from "./transport.ts";

/** Whether a permission is missing. */
export function isForbidden(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "NotCapable";
}

/** The final error for a request that failed by a thrown value. */
export function cannotSendFor(url: string, thrown: unknown): EventSourceError {
  return cannotSend(url, explain(thrown), { cause: plainError(thrown) });
}

/** The response to a request that may lack a permission. */
export async function permitted(
  url: string,
  send: () => Promise<Response>,
): Promise<Response> {
  try {
    return await send();
  } catch (thrown) {
    throw isForbidden(thrown) ? cannotSendFor(url, thrown) : thrown;
  }
}
