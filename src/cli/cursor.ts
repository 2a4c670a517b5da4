/**
 * The last event id in a file, such that a run goes on where the one before it stopped.
 *
 * The file holds the id and a line feed, which no id can hold. It is replaced as a whole: a process
 * that is killed leaves the old one or the new one. An id is saved once its event has been written
 * out: whoever is killed between the two gets that event again, and loses none.
 *
 * @module
 */

import { readFileSync, realpathSync, renameSync, statSync, writeFileSync } from "node:fs";
import { UsageError } from "./usage.ts";

/** What no stream's id holds. What else no request can carry, requests leave out by themselves. */
const NO_ID = /[\0\r\n]/;

/** The last event id in a file. */
export class Cursor {
  readonly #file: string;
  #id: string;

  /**
   * Reads the file; without one, or with an empty one, there is no id yet.
   *
   * @param fallback The id to begin with where the file has none.
   * @throws {UsageError} If the file holds something else than an id.
   * @throws If the file cannot be read, or cannot be replaced.
   */
  constructor(file: string, fallback: string) {
    const found = unlessMissing(() => realpathSync(file));
    // Replaced by a file, a device or a pipe would be gone.
    if (found !== undefined && !statSync(found).isFile()) {
      throw new Error(`${file} is not a regular file, which alone is replaced`);
    }
    // Where it is a link, what that is to: the link stays.
    this.#file = found ?? file;
    this.#id = unlessMissing(() => readFileSync(file, "utf8"))?.replace(/\r?\n$/, "") || fallback;
    if (NO_ID.test(this.#id)) {
      throw new UsageError(
        `--save-id: ${file} does not hold the one line of an id: empty it to start anew`,
      );
    }
    // Now, not after the first event: a cursor that cannot be kept is no cursor.
    this.#write();
  }

  /** The id that was saved last; empty where there is none. */
  get id(): string {
    return this.#id;
  }

  /** Saves an id. */
  save(id: string): void {
    if (id === this.#id) return;
    this.#id = id;
    this.#write();
  }

  #write(): void {
    const fresh = `${this.#file}.new`;
    writeFileSync(fresh, this.#id === "" ? "" : `${this.#id}\n`);
    renameSync(fresh, this.#file);
  }
}

function unlessMissing<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
}
