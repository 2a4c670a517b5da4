/**
 * What QuickJS runs: it leaves what the parser gives in the global variable `records`.
 */

// Not the entry: bundlers that obey the package's "sideEffects" leave its TransformStream out.
import { createParser } from "../../../src/parser/parser.ts";

const messages: unknown[] = [];
const parser = createParser({ onEvent: (message) => messages.push(message) });
parser.feed("\uFEFF: comment\nid: 1\r\ndata: a\rda");
parser.feed("ta: \u20AC\n\nid: 2\nevent: x\ndata: b\n\ndata: unfinished");
(globalThis as { records?: string }).records = JSON.stringify(messages);
