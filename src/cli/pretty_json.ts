/**
 * JSON over several lines, token by token: parsed and printed again, numbers would lose digits, and
 * objects the keys that they repeat.
 *
 * @module
 */

/** The longest text that is spread: the search for the end of a longer string may fail. */
const LONGEST = 1_000_000;

/** A string, a bracket, a comma or colon, or a number or word. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** Deeper structures are left as they are: their indentation would outgrow them. */
const DEEPEST = 64;

/** Spreads an object or array over lines; `undefined` if `text` is neither, or too long. */
export function prettyJson(text: string): string | undefined {
  if (text.length > LONGEST) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return undefined;
  } catch {
    return undefined;
  }
  let result = "";
  let depth = 0;
  let last = "";
  for (const [token] of text.matchAll(TOKEN)) {
    const opened = last === "{" || last === "[";
    if (token === "}" || token === "]") {
      depth--;
      if (!opened) result += newLine(depth);
    } else if (opened || last === ",") {
      result += newLine(depth);
    }
    result += token === ":" ? ": " : token;
    if (token === "{" || token === "[") {
      depth++;
      if (depth > DEEPEST) return undefined;
    }
    last = token;
  }
  return result;
}

function newLine(depth: number): string {
  return `\n${"  ".repeat(depth)}`;
}
