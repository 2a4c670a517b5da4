/**
 * Text without what it was cut from.
 *
 * @module
 */

/**
 * Copies text that is kept for long: engines make a slice of 13 code units or more a reference to
 * the whole text, so an id would keep its chunk in memory (36 MB for 600 chunks of 60 KB).
 */
export function ownText(text: string): string {
  const copy = ` ${text}`;
  // What searches the longer text makes it a string of its own: without that, JavaScriptCore finds
  // the first slice in it. An id holds no U+0000.
  return text.length < 13 || copy.includes("\0") ? text : copy.slice(1);
}
