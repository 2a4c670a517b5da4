/**
 * Strips errors of what they carry besides words: undici's hold bytes of the response, node:http's
 * the packet.
 *
 * @module
 */

import { define } from "./check.ts";
import { withCauses, withoutHeaderValue } from "./shown.ts";

/** The errors that runtimes throw. */
const PLATFORM_ERRORS = [Error, TypeError, RangeError];

/** The thrown value, without members that a runtime added; a user's own error stays as it is. */
export function causeOf(thrown: unknown): unknown {
  try {
    return stripped(thrown);
  } catch {
    // A user's error may throw when it is read.
    return thrown;
  }
}

function stripped(thrown: unknown): unknown {
  const error = Object(thrown);
  const prototype = Object.getPrototypeOf(error);
  if (!PLATFORM_ERRORS.some((platforms) => platforms.prototype === prototype)) return thrown;
  const message = `${error.message}`;
  const hasMore = Object.keys(error).length > 0 || error.cause !== undefined ||
    withoutHeaderValue(message) !== message;
  return hasMore ? plainError(thrown) : thrown;
}

/**
 * A copy of an error with its name, code, message and causes. Other members may hold sent or received
 * data, or a library's options with a password.
 */
export function plainError(thrown: unknown): unknown {
  return withCauses(thrown).reduceRight<Error | undefined>(copyOf, undefined) ?? thrown;
}

function copyOf(cause: Error | undefined, original: Error): Error {
  const { name, stack } = original;
  const message = `${original.message}`;
  const shown = withoutHeaderValue(message);
  const error = new Error(shown, cause && { cause });
  define(error, "name", name);
  // Where it was thrown, not where it was copied; the first line repeats the message.
  if (shown === message) Object.assign(error, { stack });
  return "code" in original ? Object.assign(error, { code: original.code }) : error;
}
