/**
 * Checks of users' arguments. The errors name the member and the kind of its value: the value itself
 * may be a secret.
 *
 * @module
 */

/** The error for arguments that the constructor cannot use. */
export function misuse(problem: string, Type: ErrorConstructor = TypeError): Error {
  return new Type(`Cannot construct EventSource: ${problem}`);
}

/** The kind of a value. */
export function kindOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}

export function isObject(value: unknown): value is object {
  return kindOf(value) === "object";
}

/**
 * Throws unless a rule is kept; `got` describes the value.
 *
 * @throws {TypeError}
 */
export function check(isKept: boolean, rule: string, got: string): void {
  if (!isKept) throw misuse(`${rule}, got ${got}`);
}

/** Any type: the member has rules of its own. */
export const ANY = undefined;

/** What the value of a member must be. */
type Type =
  | "a boolean"
  | "a function"
  | "a number"
  | "a string"
  | "an object"
  | "an object or a boolean";

/** The limits of a number, and its default. */
type Range = readonly [least: number, most: number, standard?: number, isWhole?: boolean];

/** The members of an option, with the type or the range of each. */
export type Members<Init> = {
  readonly [Name in keyof Required<Init>]: Type | Range | typeof ANY;
};

/**
 * Throws if a member is given and has the wrong type.
 *
 * @throws {TypeError}
 */
export function checkType(name: string, value: unknown, type: Type): void {
  const kind = kindOf(value);
  if (value !== undefined && !type.includes(kind)) {
    throw misuse(`${name} must be ${type}, got ${kind}`);
  }
}

/**
 * Throws if a member is given and is no number within its range.
 *
 * @throws {TypeError}
 * @throws {RangeError}
 */
export function checkNumber(
  name: string,
  value: number | undefined,
  [least, most, , isWhole]: Range,
): void {
  checkType(name, value, "a number");
  if (value === undefined || value >= least && value <= most && !(isWhole && value % 1)) return;
  const kind = isWhole ? "a whole number " : "";
  throw misuse(`${name} must be ${kind}from ${least} to ${most}, got ${value}`, RangeError);
}

/**
 * The members of an option, each read once, and checked. What a program has added to
 * `Object.prototype` is none: it must not reroute a source.
 *
 * @throws {TypeError}
 * @throws {RangeError}
 */
export function readMembers<Init extends object>(
  init: Init,
  members: Members<Init>,
  prefix = "",
): Init {
  const read: Partial<Init> = bare({});
  for (const name of Object.keys(members) as (keyof Init & string)[]) {
    const isAdded = name in Object.prototype && !Object.hasOwn(init, name);
    let value: unknown = isAdded ? undefined : init[name];
    const rule: Type | Range | typeof ANY = members[name];
    if (typeof rule === "string") checkType(prefix + name, value, rule);
    else if (rule) {
      checkNumber(prefix + name, value as number | undefined, rule);
      value ??= rule[2];
    }
    read[name] = value as Init[typeof name];
  }
  return read as Init;
}

/**
 * The members of several objects in one without a prototype, so that nobody reads what a program
 * has put on `Object.prototype`.
 */
export function bare<First extends object>(first: First, ...more: readonly object[]): First {
  return Object.assign(Object.create(null), first, ...more);
}

/** Defines a property that is not enumerable, as methods are. */
export function define(object: object, name: PropertyKey, value: unknown): void {
  Object.defineProperty(object, name, { value, configurable: true, writable: true });
}

/** Parses text; `undefined` if it is no URL. Like `URL.parse`, which older browsers lack. */
export function parsedUrl(text: string, base?: string | URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

/** Reads a header's value, in which each character is a byte, as UTF-8, if it can be that. */
export function decodeUtf8(value: string): string {
  if (!/^[\0-\xFF]*$/.test(value)) return value;
  const bytes = Uint8Array.from(value, (character) => character.charCodeAt(0));
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return value;
  }
}

/**
 * Throws if an option has an unknown member: a misspelt one would go unnoticed.
 *
 * @throws {TypeError}
 */
export function checkMembers(option: string, given: object, names: readonly string[]): void {
  const wrong = Object.keys(given).find((name) => !names.includes(name));
  if (wrong === undefined) return;
  // No name is longer.
  const meant = nearest(wrong.slice(0, 30).toLowerCase(), names);
  const hint = meant ? ` (did you mean ${option}.${meant}?)` : "";
  throw misuse(`${option} has no member ${JSON.stringify(wrong)}${hint}`);
}

/** The name that has the most of a text's beginning; `undefined` if none has two letters. */
function nearest(start: string, names: readonly string[]): string | undefined {
  return start.length < 2
    ? undefined
    : names.find((name) => name.toLowerCase().startsWith(start)) ??
      nearest(start.slice(0, -1), names);
}
