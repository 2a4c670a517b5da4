/**
 * The body of a request, and the user's functions that are called before each.
 *
 * @module
 */

import { check, kindOf, misuse } from "../check.ts";
import { EventSourceError } from "../errors.ts";
import { explain } from "../shown.ts";
import { discard, type RequestBody } from "../transports/transport.ts";

/** A function that returns a body, at once or as a promise. */
type BodyFunction = () => RequestBody | Promise<RequestBody>;

type CauseOf = (thrown: unknown) => unknown;

/** Whether a request may be repeated without asking: GET and HEAD. */
export function isSafe(method: string): boolean {
  return /^(GET|HEAD)$/i.test(method);
}

/** @throws {TypeError} Unless it can be sent with the method. */
export function checkBody(body: unknown, method: string): void {
  if (isSafe(method)) throw misuse(`a ${method} request cannot have a body`);
  check(
    typeof body === "function" || isBody(body),
    "body must be a BodyInit or a function",
    kindOf(body),
  );
  if (body instanceof ReadableStream && body.locked) throw misuse("body is locked");
}

/** Whether a value can be sent as it is: any other object would go out as "[object Object]". */
function isBody(value: unknown): value is RequestBody {
  const types = [ArrayBuffer, Blob, FormData, URLSearchParams, ReadableStream];
  return typeof value === "string" || ArrayBuffer.isView(value) ||
    types.some((type) => value instanceof type);
}

/** The body for consecutive requests. */
export class BodySource {
  readonly #body: RequestBody | BodyFunction;
  readonly #causeOf: CauseOf | undefined;
  /** Whether the body was a stream, and has been sent. */
  isSpent = false;

  constructor(body: RequestBody | BodyFunction, causeOf?: CauseOf) {
    this.#body = body;
    this.#causeOf = causeOf;
  }

  /** Cancels a stream that has not begun to be sent. */
  cancel(): void {
    if (this.#body instanceof ReadableStream) discard(this.#body);
  }

  /**
   * The body for the next request.
   *
   * @throws {EventSourceError} If the user's function throws, or returns no body.
   */
  async next(): Promise<RequestBody> {
    const body = this.#body;
    this.isSpent = body instanceof ReadableStream;
    if (typeof body !== "function") return body;
    return await askUser("body", async () => {
      const made: unknown = await body();
      if (isBody(made)) return made;
      throw new TypeError("it must be a BodyInit");
    }, this.#causeOf);
  }
}

/**
 * The result of a user's function.
 *
 * @throws {EventSourceError} If the function throws, or its answer cannot be used.
 */
export async function askUser<Part>(
  what: string,
  ask: () => Promise<Part>,
  causeOf: CauseOf = (thrown) => thrown,
): Promise<Part> {
  try {
    return await ask();
  } catch (thrown) {
    const message = `Cannot get the ${what}: ${explain(thrown)}`;
    throw new EventSourceError("request", message, { cause: causeOf(thrown) });
  }
}
