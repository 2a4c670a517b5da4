/**
 * Checks of what users give. The errors name the member and the kind of value that was met: the
 * value itself may be a secret.
 *
 * @module
 */

/** The error for what the constructor cannot work with. */
export function misuse(problem: string): TypeError {
  return new TypeError(`Cannot construct EventSource: ${problem}`);
}

/** What kind of value it is. */
export function kindOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}

export function isObject(value: unknown): value is object {
  return kindOf(value) === "object";
}

/**
 * Throws unless a rule is kept; `got` is what was met instead.
 *
 * @throws {TypeError}
 */
export function check(isKept: boolean, rule: string, got: string): void {
  if (!isKept) throw misuse(`${rule}, got ${got}`);
}

/**
 * Throws if a member is there and is not of its type.
 *
 * @throws {TypeError}
 */
export function checkType(
  name: string,
  value: unknown,
  type: "a boolean" | "a function" | "a number" | "a string" | "an object",
): void {
  const kind = kindOf(value);
  if (value !== undefined && !type.endsWith(kind)) {
    throw misuse(`${name} must be ${type}, got ${kind}`);
  }
}

/**
 * Throws unless a member is a number within limits.
 *
 * @throws {TypeError}
 * @throws {RangeError}
 */
export function checkNumber(
  name: string,
  value: number,
  least: number,
  most: number,
  isWhole = false,
): void {
  checkType(name, value, "a number");
  if (value >= least && value <= most && (!isWhole || Math.floor(value) === value)) return;
  const kind = isWhole ? "a whole number, " : "";
  const range = most === Infinity ? `at least ${least}` : `from ${least} to ${most}`;
  throw new RangeError(misuse(`${name} must be ${kind}${range}, got ${value}`).message);
}

/**
 * An object that inherits nothing from an `Object.prototype` to which a program has added members:
 * an option that nobody gave must not reroute a source.
 */
export function unpolluted<Value extends object>(value: Value): Value {
  return Object.keys(Object.prototype).length === 0
    ? value
    : Object.assign(Object.create(null), value);
}

/** Parses text; `undefined` if it is no URL. As `URL.parse`, which older browsers lack. */
export function parsedUrl(text: string, base?: string | URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}

/** The most edits by which a name counts as misspelt. */
const MAX_EDITS = 3;

/**
 * Throws if an option has a member that is none of its; a misspelt one would go unnoticed.
 *
 * @throws {TypeError}
 */
export function checkMembers(option: string, given: object, names: readonly string[]): void {
  const wrong = Object.keys(given).find((name) => !names.includes(name));
  if (wrong === undefined) return;
  const meant = nearest(wrong, names);
  const hint = meant === undefined ? "" : ` (did you mean ${option}.${meant}?)`;
  throw misuse(`${option} has no member ${JSON.stringify(wrong)}${hint}`);
}

/** The name that a misspelt one comes nearest to; `undefined` if it is near to none. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  for (let edits = 0; edits <= MAX_EDITS && edits < name.length / 2; edits++) {
    const found = names.find((other) => isWithin(edits, name.toLowerCase(), other.toLowerCase()));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether so many insertions, deletions and substitutions make one text the other. */
function isWithin(edits: number, one: string, other: string): boolean {
  if (edits < 0) return false;
  if (one === "" || other === "") return one.length + other.length <= edits;
  const [rest, otherRest] = [one.slice(1), other.slice(1)];
  if (one[0] === other[0]) return isWithin(edits, rest, otherRest);
  return [[rest, otherRest], [rest, other], [one, otherRest]]
    .some(([left = "", right = ""]) => isWithin(edits - 1, left, right));
}
