/**
 * A source behind its class: its state, and what changes it.
 *
 * @module
 */

import { Connection, type OpenDetails } from "./connection.ts";
import { dispatchEvent, reporting } from "./dispatch.ts";
import { EventSourceError } from "./errors.ts";
import { EventSourceErrorEvent, EventSourceOpenEvent, StreamMessageEvent } from "./events.ts";
import { EventQueue, Loops } from "./iteration.ts";
import { type EventSourceInit, parseInit } from "./options.ts";
import { ownText } from "./parser/own_text.ts";
import { createParser } from "./parser/parser.ts";
import type { Platform } from "./platform.ts";
import { Reconnection } from "./reconnection.ts";
import type { Rejection } from "./rejection.ts";
import { askUser, BodySource } from "./request/body.ts";
import { type AttemptContext, type UserHeaders, userHeaders } from "./request/headers.ts";
import { parseUrl, resolveUrl } from "./request/url.ts";
import { explain } from "./shown.ts";
import { startTimer } from "./timer.ts";

/** The `open` event of a source made from a stream; the URL is that of pull request 12272. */
export const STREAM_DETAILS: OpenDetails = {
  url: "about:event-stream",
  redirected: false,
} as OpenDetails;

export type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** What the class shows of its state, and does. */
export interface Source {
  readonly url: string;
  readonly withCredentials: boolean;
  readyState(): 0 | 1 | 2;
  lastEventId(): string;
  reconnectionTime(): number;
  close(): void;
  reset(): void;
  reconnect(): void;
  iterate(): AsyncIterableIterator<MessageEvent, undefined>;
}

/**
 * Starts a source, which dispatches at `target`; a `reader` is that of its stream. State in variables
 * instead of a class's private members takes fewer bytes.
 */
export function startSource(
  platform: Platform,
  target: EventTarget & { close(): void },
  address: string,
  init: EventSourceInit | null,
  reader: Reader | undefined,
): Source {
  const CONNECTING = 0;
  const OPEN = 1;
  const CLOSED = 2;
  const url = parseUrl(address);
  const settings = parseInit(init);
  const { headers, withCredentials, signal, maxBufferSize, onComment } = settings;
  const { dispatchEvent: dispatch = dispatchEvent, causeOf } = platform;
  const reconnection = new Reconnection(settings.reconnection);
  /** Undefined for a request without one. */
  const body = settings.body === undefined ? undefined : new BodySource(settings.body, causeOf);
  const loops = new Loops();
  let readyState: 0 | 1 | 2 = CONNECTING;
  /** The last event id as set by the option `lastEventId` or the stream. */
  let lastId = settings.lastEventId;
  /** The last event id in the user's headers, which counts until then. */
  let headersId = "";
  let reconnectionTime = settings.reconnection.delay;
  let origin = "null";
  /** At most one, and never together with a timer. */
  let connection: Connection | undefined;
  let cancelTimer: (() => void) | undefined;
  /** Why the last attempt or its connection ended. */
  let lastError: EventSourceError | undefined;
  /** Why the source failed for good, if something was wrong. */
  let fatalError: EventSourceError | undefined;

  const parser = createParser({
    maxBufferSize,
    onEvent: ({ event = "message", data }) => {
      const made = new StreamMessageEvent(event, data, origin, lastEventId());
      // The type has one more member, the obsolete initMessageEvent, which listeners do not use.
      const message = made as unknown as MessageEvent;
      reconnection.dispatched(data);
      // Before the listeners: one that closes the source must not take this message from a loop.
      loops.push(message);
      dispatch.call(target, message);
    },
    onId: (id) => {
      lastId = ownText(id);
    },
    onRetry: (time) => {
      reconnectionTime = time;
    },
    onComment: onComment && ((comment) => reporting(() => onComment(comment))),
  });

  if (typeof headers !== "function") idToSend(headers);
  /** Undefined for a source made from a stream. */
  const transport = reader === undefined ? platform.createTransport(settings) : undefined;
  if (reader !== undefined) openConnection().read(reader, STREAM_DETAILS);
  else if (signal?.aborted) close();
  else {
    signal?.addEventListener("abort", closeTarget);
    connect();
  }

  function lastEventId(): string {
    return lastId ?? headersId;
  }

  /** The same, once the user's headers are known. */
  function idToSend(user: UserHeaders): string {
    headersId = user.lastEventId ?? headersId;
    return lastEventId();
  }

  /** As a subclass does it. */
  function closeTarget(): void {
    target.close();
  }

  /** Ends everything: no attempt follows, and no call by the user's signal. */
  function close(): void {
    if (readyState === CLOSED) return;
    readyState = CLOSED;
    cancelTimer?.();
    connection?.close();
    connection = undefined;
    reconnection.stop();
    body?.cancel();
    transport?.close?.();
    signal?.removeEventListener("abort", closeTarget);
    // Stops a parser that is calling this from a listener, within the same chunk.
    parser.reset();
    loops.end(fatalError);
  }

  /** Why no further attempt can be made; `undefined` if one can. */
  function obstacle(): string | undefined {
    return readyState === CLOSED
      ? "it is closed"
      : reader !== undefined
      ? "it was made from a stream"
      : body?.isSpent
      ? "its body was a stream"
      : undefined;
  }

  function reconnect(): void {
    const why = obstacle();
    if (why !== undefined) {
      throw new DOMException(`Cannot reconnect: ${why}`, "InvalidStateError");
    }
    cancelTimer?.();
    connection?.close();
    // After a failure the attempt count is kept, so that calling this from every error handler
    // still reaches maxRetries.
    if (readyState === OPEN && connection !== undefined) {
      reconnection.restart();
      lastError = undefined;
    }
    readyState = CONNECTING;
    connect();
  }

  function connect(): void {
    const context = (url: URL, signal: AbortSignal): AttemptContext => ({
      signal,
      url: url.href,
      attempt: reconnection.attempt,
      lastEventId: lastEventId(),
      error: lastError,
    });
    const ask = <Part>(what: string, answer: () => Promise<Part>): Promise<Part> =>
      askUser(what, answer, causeOf);
    const askUrl = settings.url;
    openConnection().request({
      ...settings,
      transport: transport!,
      url: (signal) =>
        askUrl === undefined
          ? url
          : ask("URL", async () => resolveUrl(await askUrl(context(url, signal)), url)),
      headers: (to, signal) =>
        typeof headers !== "function"
          ? headers
          : ask("headers", async () => userHeaders(await headers(context(to, signal)))),
      lastEventId: idToSend,
      body: body && (() => body.next()),
    });
  }

  function openConnection(): Connection {
    parser.reset();
    return connection = new Connection(platform, {
      onOpen: announce,
      onChunk: parser.feed,
      pause: () => loops.emptied,
      onEnd,
      hasLoop: () => loops.hasLoop,
    });
  }

  /** @see {@link https://html.spec.whatwg.org/multipage/server-sent-events.html#announce-the-connection} */
  function announce(details: OpenDetails): void {
    readyState = OPEN;
    reconnection.opened();
    origin = new URL(details.url).origin;
    dispatch.call(target, new EventSourceOpenEvent("open", details));
  }

  /** "Reestablish the connection" or "fail the connection". */
  function onEnd(
    error: EventSourceError,
    notBefore: number,
    rejection: Rejection | undefined,
  ): void {
    connection = undefined;
    parser.reset();
    reconnection.ended();
    lastError = error;
    let delay = obstacle() === undefined
      ? reconnection.delay(error, reconnectionTime, notBefore)
      : undefined;
    // The user's `when` may have closed the source or reconnected it.
    if (readyState === CLOSED || connection !== undefined) return rejection?.release();
    if (delay !== undefined) {
      try {
        cancelTimer = startTimer(delay, connect);
        readyState = CONNECTING;
      } catch (cause) {
        const why = `${error.message}; cannot reconnect: ${explain(cause)}`;
        error = new EventSourceError("unsupported", why, { status: error.status, cause });
        delay = undefined;
      }
    }
    if (delay === undefined) {
      // A stream that has ended and is not to be reopened is not a failure.
      const isDone = error.reason === "closed" && !reconnection.gaveUp;
      fatalError = isDone ? undefined : error;
      close();
    }
    const response = rejection?.copy();
    const event = new EventSourceErrorEvent("error", {
      error,
      response,
      delay,
      attempt: reconnection.attempt,
    });
    dispatch.call(target, event);
    rejection?.release();
  }

  return {
    url: url.href,
    withCredentials,
    readyState: () => readyState,
    lastEventId,
    reconnectionTime: () => reconnectionTime,
    close,
    reset: parser.reset,
    reconnect,
    iterate: () => {
      const queue = new EventQueue(closeTarget);
      loops.add(queue);
      if (readyState === CLOSED) loops.end(fatalError);
      return queue.iterator();
    },
  };
}
