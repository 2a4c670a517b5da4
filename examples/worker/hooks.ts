/**
 * Put your own rules here: who may read, from which origins, and which part of each event.
 *
 * @module
 */

import type { OutgoingEvent } from "./encode.ts";
import type { Env } from "./env.ts";

/** Returns a response to refuse a reader. As it is, anyone can read. */
export function authorize(
  _request: Request,
  _env: Env,
): Response | undefined | Promise<Response | undefined> {
  return undefined;
}

/** Whether pages of another origin may read. `ORIGINS` has a list, with spaces; or `*`. */
export function isAllowed(origin: string, { ORIGINS }: Env): boolean {
  return ORIGINS.split(" ").some((allowed) => allowed === "*" || allowed === origin);
}

/** Returns what readers get of an event, or `undefined` for nothing. */
export function mapEvent({ type, data }: MessageEvent): Omit<OutgoingEvent, "id"> | undefined {
  return { type, data };
}
