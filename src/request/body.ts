/**
 * The parts of a request that the user gives, where they are asked for anew each time.
 *
 * @module
 */

import { explain, Failure } from "../errors.ts";
import { type UserHeaders, userHeaders } from "./headers.ts";
import { type BodyFunction, type HeadersContext, type HeadersFunction, isBody } from "../options.ts";
import type { RequestBody } from "../transports/transport.ts";

/**
 * The header fields for an attempt.
 *
 * @throws {Failure} If the user's function throws, or returns what cannot be sent.
 */
export async function askForHeaders(
  headers: HeadersFunction,
  context: HeadersContext,
): Promise<UserHeaders> {
  return await ask("headers", async () => userHeaders(await headers(context)));
}

/** The body for one request after another; a stream for one only. */
export class BodySource {
  readonly #body: RequestBody | BodyFunction | undefined;
  #spent = false;

  constructor(body: RequestBody | BodyFunction | undefined) {
    this.#body = body;
  }

  /** Whether there is no further request to be made with this body. */
  get isSpent(): boolean {
    return this.#spent;
  }

  /**
   * The body for the next request.
   *
   * @throws {Failure} If there is none, or the user's function throws, or returns no body.
   */
  async next(): Promise<RequestBody | undefined> {
    const body = this.#body;
    if (this.#spent) {
      throw new Failure("request", "Cannot send a body again that is a stream", { final: true });
    }
    this.#spent = body instanceof ReadableStream;
    if (typeof body !== "function") return body;
    return await ask("body", async () => {
      const made: unknown = await body();
      if (isBody(made)) return made;
      throw new TypeError("it must be text, bytes, a Blob, a form or a stream");
    });
  }
}

/** What the user's function gives; what it throws is the attempt's failure. */
async function ask<Part>(part: "headers" | "body", get: () => Promise<Part>): Promise<Part> {
  try {
    return await get();
  } catch (cause) {
    throw new Failure("request", `Cannot get the ${part} of a request: ${explain(cause)}`, {
      cause,
    });
  }
}
