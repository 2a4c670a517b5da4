/**
 * The tests' side of the scripted server.
 *
 * @module
 */

import { config, engine } from "./harness.ts";
import type { Answer, Log, SeenRequest } from "./server/script.ts";

export type { Answer, SeenRequest } from "./server/script.ts";

/** A path of the server with a script behind it. */
export interface Scripted {
  readonly url: string;
  /** The same at another origin. */
  readonly otherUrl: string;
  /** The requests, once there are at least so many. Fails after 10 seconds. */
  requests(atLeast: number): Promise<readonly SeenRequest[]>;
  /** Resolves once so many connections are closed. Fails after 10 seconds. */
  closed(connections: number): Promise<void>;
  /** How many requests there have been so far. */
  count(): Promise<number>;
  /** How many bytes of floods have gone out so far. */
  flooded(): Promise<number>;
  /** Lets the server go on after a "hold". */
  proceed(): Promise<void>;
}

/** Gives the server a script: the n-th request gets the n-th answer, further ones the last. */
export async function script(...answers: readonly Answer[]): Promise<Scripted> {
  const response = await fetch(`${config.server}/scripts`, {
    method: "POST",
    body: JSON.stringify(answers),
  });
  const path = await response.json();
  async function log(query: string): Promise<Log> {
    const answer = await fetch(`${config.server}/log${path}?${query}`);
    const result = await answer.json();
    if (answer.status !== 200) {
      throw new Error(`Waited in vain for ${query}: ${JSON.stringify(result)}`);
    }
    return result;
  }
  return {
    url: config.server + path,
    otherUrl: config.otherServer + path,
    requests: async (atLeast) => (await log(`requests=${atLeast}`)).requests,
    closed: async (connections) => void await log(`closed=${connections}`),
    count: async () => (await log("")).requests.length,
    flooded: async () => (await log("")).flooded,
    proceed: async () => void await (await fetch(`${config.server}/proceed${path}`)).json(),
  };
}

/** An answer that streams text and then stays open. */
export function streaming(...texts: readonly string[]): Answer {
  return { steps: texts.map((write) => ({ write })) };
}

/**
 * An answer that a redirect leads to: as of {@linkcode streaming}, but not for long in Firefox,
 * which keeps such a connection after the request is aborted, until the server ends it.
 */
export function streamingBehind(...texts: readonly string[]): Answer {
  const { steps = [] } = streaming(...texts);
  return { steps: [...steps, ...(engine === "firefox" ? [{ wait: 500 }, "end" as const] : [])] };
}

/** An answer that streams text and then ends. */
export function ending(...texts: readonly string[]): Answer {
  return { steps: [...texts.map((write) => ({ write })), "end"] };
}
