/**
 * The class for what is no page: it follows redirects by hand, and prints as text.
 *
 * @module
 */

import { causeOf } from "./causes.ts";
import { createEventSource } from "./event_source.ts";
import { printInFull } from "./inspect.ts";
import type { Platform } from "./platform.ts";
import { followRedirects } from "./request/redirect.ts";
import type { EventSourceConstructor } from "./types.ts";
import { idValue, workerdDispatch } from "./workerd.ts";

/** Creates the class over a transport. */
export function createOffPage(
  createTransport: Platform["createTransport"],
): EventSourceConstructor {
  return printInFull(createEventSource({
    createTransport,
    followRedirects,
    causeOf,
    dispatchEvent: workerdDispatch(),
    idValue,
  }));
}
