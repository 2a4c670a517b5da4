/**
 * Text without what it was cut from.
 *
 * @module
 */

/**
 * Copies text that is kept for long: engines make a slice a reference to the whole text (V8 from 13
 * code units on, JavaScriptCore from 3), so an id would keep its chunk in memory (36 MB for 600
 * chunks of 60 KB). To search the longer text, they make that a string of its own, which the copy
 * is then cut from. An id holds no U+0000.
 */
export function ownText(text: string): string {
  const copy = ` ${text}`;
  return copy.includes("\0") ? text : copy.slice(1);
}
