/**
 * The class for what is no page: it follows redirects by hand, and prints as text.
 *
 * @module
 */

import { causeOf } from "./causes.ts";
import { define } from "./check.ts";
import { createEventSource } from "./event_source.ts";
import { printInFull } from "./inspect.ts";
import type { Platform } from "./platform.ts";
import { followRedirects } from "./request/redirect.ts";
import type { EventSourceConstructor } from "./types.ts";
import { dispatchUnreflected, idValue, reflectsHandlers } from "./workerd.ts";

/** Creates the class over a transport. */
export function createOffPage(
  createTransport: Platform["createTransport"],
): EventSourceConstructor {
  const isReflected = reflectsHandlers();
  const eventSource = createEventSource({
    createTransport,
    followRedirects,
    causeOf,
    dispatchEvent: isReflected ? dispatchUnreflected : undefined,
    idValue,
  });
  // For events that scripts dispatch.
  if (isReflected) define(eventSource.prototype, "dispatchEvent", dispatchUnreflected);
  return printInFull(eventSource);
}
