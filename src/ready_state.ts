/**
 * The states of a source, in a module of their own: esbuild writes them as numbers only if their
 * module imports nothing.
 *
 * @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#dom-eventsource-readystate}
 * @module
 */

export const CONNECTING = 0;
export const OPEN = 1;
export const CLOSED = 2;
