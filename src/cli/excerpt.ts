/**
 * The beginning of a response's body, for people to read.
 *
 * @module
 */

import { startTimer } from "../timer.ts";

/** How much of a body is shown, in bytes, and how long it is waited for, in ms. */
const MOST = 1000;
const PATIENCE = 2000;

/** Reads the beginning of a body, which may never end. */
export async function readExcerpt(body: ReadableStream<Uint8Array>): Promise<string> {
  const reader = body.getReader();
  const cancel = startTimer(PATIENCE, () => void reader.cancel().catch(() => {}));
  const decoder = new TextDecoder();
  let text = "";
  try {
    for (let rest = MOST; rest > 0;) {
      const { done, value } = await reader.read();
      if (done) break;
      text += decoder.decode(value.subarray(0, rest), { stream: true });
      rest -= value.length;
    }
  } catch {
    // What came is what there is.
  }
  cancel();
  reader.cancel().catch(() => {});
  return text;
}
