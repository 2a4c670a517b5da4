/**
 * The request that the arguments describe, with the contents of files.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import process from "node:process";
import { arrayBuffer } from "node:stream/consumers";
import type { EventSourceInit } from "../../mod.ts";
import { type Arguments, hasControlCharacter, UsageError } from "./arguments.ts";

type Field = [name: string, value: string];

/** The part of an `EventSource`'s options that is about its requests. */
export interface PreparedRequest extends Pick<EventSourceInit, "method" | "body" | "https"> {
  readonly headers: Field[];
}

const CERTIFICATE = /-----BEGIN (X509 )?CERTIFICATE-----[^-]*-----END \1?CERTIFICATE-----/g;

/**
 * Makes the request.
 *
 * @throws {UsageError} If a file or a header field cannot be used.
 */
export async function prepare(args: Arguments): Promise<PreparedRequest> {
  const { method, caFile, data, insecure, url } = args;
  const headers = take("--header", () => args.headers.flatMap(readHeader));
  const names = headers.map(([name]) => name.toLowerCase());
  if (names.indexOf("cookie") !== names.lastIndexOf("cookie")) {
    throw new UsageError("the header Cookie is given twice: give it once, or use --cookie");
  }
  const body = data === undefined ? undefined : await readBody(data).catch((error) => {
    throw misuse("--data", error);
  });
  if (body !== undefined && !names.includes("content-type")) {
    const isJson = /^\s*[{[]/.test(new TextDecoder().decode(body.subarray(0, 100)));
    // As curl does, except for JSON.
    const type = isJson ? "application/json" : "application/x-www-form-urlencoded";
    headers.push(["Content-Type", type]);
  }
  const ca = caFile === undefined ? undefined : take("--cacert", () => readCa(caFile));
  // The certificate of another origin, to which a redirect may lead, is verified in any case.
  const isLenient = insecure && /^https:/i.test(url);
  return {
    method,
    headers,
    body,
    https: { ca, rejectUnauthorized: isLenient ? false : undefined },
  };
}

/** Runs what an option asks for; an exception counts as wrong usage. */
export function take<Value>(option: string, act: () => Value): Value {
  try {
    return act();
  } catch (error) {
    throw misuse(option, error);
  }
}

function misuse(option: string, error: unknown): UsageError {
  const why = (error as Error).message.replace(/^Cannot construct EventSource: /, "");
  return new UsageError(option === "" ? why : `${option}: ${why}`);
}

/** Header fields: the one given, or each line of a file, which keeps secrets out of `ps`. */
function readHeader(given: string): Field[] {
  if (!given.startsWith("@")) return [readField(given, "")];
  const file = given.slice(1);
  return readFileSync(file, "utf8").split(/\r?\n/).flatMap((line, index) =>
    line.trim() === "" ? [] : [readField(line, ` (line ${index + 1} of ${file})`)]
  );
}

/**
 * Its errors show where the field is; no value, and a name only if it is made of words: another may be
 * a token in the wrong place.
 */
function readField(line: string, where: string): Field {
  const [, name = "", value] = /^([^:]*):(.*)$/s.exec(line) ?? [];
  const field: Field = [name.trim(), value?.trim() ?? ""];
  if (field[0] === "") {
    const missing = value === undefined ? "colon" : "name";
    throw new Error(`a header has no ${missing}${where}: write it as NAME: VALUE`);
  }
  try {
    new Headers([field]);
    if (!hasControlCharacter(field[1])) return field;
  } catch {
    // Refused below: this error may quote the value.
  }
  const shown = /^[a-z-]{1,40}$/i.test(field[0]) ? field[0] : "a field";
  throw new Error(`${shown} holds a character that no header can carry${where}`);
}

/** As in curl: text, the bytes of a file after an at sign, or standard input. */
async function readBody(data: string): Promise<Uint8Array<ArrayBuffer>> {
  if (data === "-" || data === "@-") return new Uint8Array(await arrayBuffer(process.stdin));
  if (!data.startsWith("@")) return new TextEncoder().encode(data);
  return new Uint8Array(readFileSync(data.slice(1)));
}

/** The certificates in a file, without other text around them. */
function readCa(file: string): string[] {
  const found = readFileSync(file, "latin1").match(CERTIFICATE) ?? [];
  if (found.length === 0) throw new Error(`${file} holds no certificate in PEM`);
  // Each on lines of its own, as some runtimes need.
  return found.map((certificate) => `${certificate}\n`);
}
