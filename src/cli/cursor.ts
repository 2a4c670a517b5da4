/**
 * The last event id in a file, so that a run goes on where the one before it stopped.
 *
 * The file holds the id and a line feed, which no id can hold. It is replaced as a whole: a process
 * that is killed leaves the old one or the new one. An id is saved once its event has been written:
 * a process that is killed between the two gets that event again, and loses none.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import { chmodSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** In bytes: no request carries a longer id. */
const LONGEST_ID = 64 * 1024;

/** The last event id in a file; without a file, or in an empty one, the fallback. */
export class Cursor {
  readonly #file: string;
  /** The permissions of the file; `undefined` for one that is new. */
  readonly #mode: number | undefined;
  /** The id that was saved last; empty where there is none. */
  id = "";

  /** @throws If the file is no regular file, holds no id, or cannot be read or replaced. */
  constructor(file: string, fallback: string) {
    this.#file = file;
    const stats = lstatSync(file, { throwIfNoEntry: false });
    if (stats !== undefined) {
      this.#mode = stats.mode & 0o777;
      // A read from a pipe would wait, and a link may lead anywhere.
      if (!stats.isFile()) throw new Error(`${file} is not a regular file`);
      const isShort = stats.size <= LONGEST_ID + "\r\n".length;
      if (isShort) this.id = readFileSync(file, "utf8").replace(/\r?\n$/, "");
      if (!isShort || /[\0\r\n]/.test(this.id)) {
        throw new Error(`${file} does not hold an id on one line`);
      }
    }
    // Now, not after the first event, so that a file that cannot be written ends the run at once.
    this.#write(this.id ||= fallback);
  }

  /** @throws If the id is too long, or the file cannot be replaced. */
  save(id: string): void {
    if (id !== this.id) this.#write(this.id = id);
  }

  #write(id: string): void {
    if (new TextEncoder().encode(id).length > LONGEST_ID) {
      throw new Error("the id is longer than 64 KiB");
    }
    const fresh = `${this.#file}.${randomUUID()}`;
    let isWritten = false;
    try {
      // Concurrent runs do not meet, and no file or link that is there already is written to.
      writeFileSync(fresh, id && `${id}\n`, { flag: "wx" });
      isWritten = true;
      if (this.#mode !== undefined) chmodSync(fresh, this.#mode);
      renameSync(fresh, this.#file);
    } catch (error) {
      if (isWritten) rmSync(fresh);
      // The user knows the file that was given.
      throw new Error((error as Error).message.replaceAll(fresh, this.#file));
    }
  }
}
