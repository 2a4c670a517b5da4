/**
 * Strips errors of what they carry besides words: undici's hold bytes of the response, node:http's
 * the packet.
 *
 * @module
 */

import { withCauses, withoutHeaderValue } from "./shown.ts";

/** The prototypes of errors that runtimes throw. */
const PLATFORM_ERRORS: unknown[] = [Error, TypeError, RangeError].map(({ prototype }) => prototype);

/** The thrown value, without members that a runtime added; a user's own error stays as it is. */
export function causeOf(thrown: unknown): unknown {
  const isPlatforms = PLATFORM_ERRORS.includes(Object.getPrototypeOf(Object(thrown)));
  const { cause, message } = Object(thrown);
  const hasMore = Object.keys(Object(thrown)).length > 0 || cause !== undefined ||
    withoutHeaderValue(`${message}`) !== `${message}`;
  return isPlatforms && hasMore ? plainError(thrown) : thrown;
}

/**
 * A copy of an error with its name, code, message and causes. Other members may hold sent or received
 * data, or a library's options with a password.
 */
export function plainError(thrown: unknown): unknown {
  return withCauses(thrown).reduceRight<Error | undefined>(copyOf, undefined) ?? thrown;
}

function copyOf(cause: Error | undefined, original: Error): Error {
  const { name, message, stack } = original;
  const shown = withoutHeaderValue(message);
  const error = new Error(shown, cause && { cause });
  // Where it was thrown, not where it was copied; the first line repeats the message.
  const kept = shown === message ? { name, stack } : { name };
  for (const [key, value] of Object.entries(kept)) {
    Object.defineProperty(error, key, { value, configurable: true, writable: true });
  }
  return "code" in original ? Object.assign(error, { code: original.code }) : error;
}
