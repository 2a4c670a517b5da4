/**
 * Text that others have chosen, for logs and terminals: it commands none, and misleads no reader.
 *
 * @module
 */

/** Characters that move a cursor, or turn the direction of text around. */
// deno-lint-ignore no-control-regex
const CONTROL = /[\0-\x08\x0A-\x1F\x7F-\x9F\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/g;

/** Text with such characters as escapes. */
export function visible(text: string): string {
  return text.replace(CONTROL, escapeCharacter);
}

/** A character as JSON escapes it. */
export function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
