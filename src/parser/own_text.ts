/**
 * Text without what it was cut from.
 *
 * @module
 */

/**
 * Copies text that is kept for long: engines make a slice of 13 code units or more a reference to
 * the whole text, so an id would keep its chunk in memory (36 MB for 600 chunks of 60 KB). To replace
 * something in the longer text, they make that a string of its own.
 */
export function ownText(text: string): string {
  return text.length < 13 ? text : ` ${text}`.replace(" ", "");
}
