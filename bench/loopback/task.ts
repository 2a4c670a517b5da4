/**
 * What each client of a stream is asked to do.
 *
 * @module
 */

/** One stream to read. */
export interface Task {
  readonly url: string;
  /** The type of its events. */
  readonly type: string;
  /** How many there are. */
  readonly count: number;
  /** How many code units of text the stream has; all are ASCII. */
  readonly textLength: number;
  /** What takes the place of the network, if anything does. */
  readonly fetch?: typeof fetch;
}

/** Reads a stream to its last event; how many code units of data there were. */
export type Client = (task: Task) => Promise<number>;

/** Counts events until all have come; how many code units of data they had. */
export function receiveAll(
  count: number,
  start: (receive: (data: string) => void) => void,
): Promise<number> {
  return new Promise((resolve) => {
    let length = 0;
    let left = count;
    start((data) => {
      length += data.length;
      if (--left === 0) resolve(length);
    });
  });
}
