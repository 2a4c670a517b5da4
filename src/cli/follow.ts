/**
 * Follows a stream, prints it, and says how it ended.
 *
 * @module
 */

import process from "node:process";
import {
  EventSource as FetchSource,
  EventSourceError,
  EventSourceErrorEvent,
  type EventSourceInit,
} from "../../mod.ts";
import { EventSource as NodeSource } from "../../node.ts";
import { advise, needsNode } from "./advice.ts";
import type { Arguments } from "./arguments.ts";
import { Comments } from "./comments.ts";
import { Cursor } from "./cursor.ts";
import { formatComment, formatEvent, LONGEST_JSON } from "./format.ts";
import { deno, HARMLESS, Log, print, wantsColor } from "./output.ts";
import { prepare, take } from "./request.ts";

/** On a terminal, JSON data of up to so many UTF-16 code units is printed over several lines. */
const SHORT_JSON = 4000;

/** How much of a rejected response's body is shown, in UTF-16 code units. */
const EXCERPT = 1000;

/** A failure that ends the command: a sentence, perhaps with lines that the server sent. */
export class CommandError extends Error {}

/**
 * Follows the stream until it has ended as asked, or the output is closed.
 *
 * @throws {UsageError} If the arguments cannot be honoured.
 * @throws {CommandError} If the stream failed for good.
 */
export async function follow(args: Arguments): Promise<void> {
  const { url, method, idFile, lastEventId, types, count, timeout, proxy, verbose } = args;
  const request = await prepare(args);
  const cursor = idFile === undefined
    ? undefined
    : take("--save-id", () => new Cursor(idFile, lastEventId ?? ""));
  // Over node:http, which supports every option, and whose errors have codes. Deno may not permit it.
  const permits = [await deno?.permissions.query({ name: "env" })];
  permits.push(await deno?.permissions.query({ name: "sys" }));
  const isPermitted = permits.every((permit) => permit === undefined || permit.state === "granted");
  const EventSource = isPermitted || needsNode(args) ? NodeSource : FetchSource;
  const isSafe = /^(GET|HEAD)$/i.test(method);
  const log = new Log(verbose);
  const stop = new AbortController();
  const { signal } = stop;
  const style = {
    format: args.format,
    color: wantsColor(process.stdout),
    longestSpread: args.pretty ? LONGEST_JSON : process.stdout.isTTY ? SHORT_JSON : 0,
  };
  const comments = new Comments((text) => write(formatComment(text, style)));
  let failure: CommandError | undefined;
  let opened = false;
  let attempts = 0;

  /** Ends the command as a failure; the first one counts. */
  function fail(message: string): void {
    if (!signal.aborted) failure = new CommandError(message);
    stop.abort();
  }

  /** Writes to standard output, and says whether it could. */
  async function write(text: string): Promise<boolean> {
    return await print(text, signal).catch(({ code, name, message }) => {
      // Nobody reads any longer, which is no failure; or there is no room.
      if (code === "EPIPE" || name === "BrokenPipe") stop.abort();
      else fail(`cannot write the output: ${message}`);
      return false;
    });
  }

  function onError(event: EventSourceErrorEvent): void {
    const { reason, message, response, willReconnect, delay = 0 } = event;
    attempts = event.attempt;
    if (response !== undefined) log.response(response.status, response.headers);
    // Many servers close their streams regularly.
    if (!willReconnect || reason === "closed" && !verbose) return;
    log.say(`${message}; trying again in ${(delay / 1000).toFixed(1)} s`);
  }

  async function explain(error: EventSourceError): Promise<void> {
    // Status 204: the server has no more events.
    if (error.status === 204) return;
    const hasCredentials = new URL(url).username !== "" ||
      request.headers.some(([name]) => !HARMLESS.test(name));
    const gaveUp = attempts > 1 && isRetried(error);
    const surrender = gaveUp ? `; gave up after ${attempts} consecutive attempts` : "";
    const advice = advise(error, args, hasCredentials, isSafe && !opened);
    const lines = (await excerpt(error)).split(/\r?\n/).filter((line) => line.trim() !== "");
    fail([error.message + surrender + (advice && `: ${advice}`), ...lines].join("\n  "));
  }

  function isRetried({ reason }: EventSourceError): boolean {
    return (opened || args.retriesConnect) && /^(network|closed|idle|request)$/.test(reason);
  }

  const init: EventSourceInit = {
    ...request,
    headers: (attempt) => {
      log.request(method, url, [...request.headers, ["Last-Event-ID", attempt.lastEventId]]);
      return request.headers;
    },
    lastEventId: cursor?.id || lastEventId,
    // Deno's fetch obeys the environment by itself.
    proxy: proxy ?? (isPermitted ? "env" : undefined),
    idleTimeout: args.idleTimeout,
    signal,
    reconnection: {
      maxRetries: args.maxRetries,
      // By default, a request with another method is sent once.
      when: isSafe ? isRetried : undefined,
    },
    onComment: args.comments ? (text) => comments.add(text) : undefined,
  };
  if (cursor?.id && lastEventId !== undefined && cursor.id !== lastEventId) {
    log.note(`* --last-event-id is not used: ${idFile} holds an id`);
  }
  const source = take("", () => new EventSource(url, init));
  for (const type of ["message", ...types]) comments.watch(source, type);
  source.onopen = (event) => {
    if (event instanceof MessageEvent) return;
    opened = true;
    log.response(event.status, event.headers, event.redirected ? event.url : undefined);
  };
  source.onerror = (event) => event instanceof EventSourceErrorEvent && onError(event);
  // Once, so that a second signal ends a process that does not end by itself.
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stop.abort());
  const end = (): void => fail(`--timeout: ${timeout / 1000} s are over`);
  if (timeout < Infinity) setTimeout(end, timeout);

  let printed = 0;
  try {
    for await (const event of source) {
      comments.watch(source, event.type);
      await comments.flush();
      if (types.length === 0 || types.includes(event.type)) {
        if (!await write(formatEvent(event, style))) break;
        printed++;
      }
      try {
        cursor?.save(event.lastEventId);
      } catch (error) {
        fail(`--save-id: ${(error as Error).message}`);
      }
      await comments.flush(event);
      if (printed >= count || signal.aborted) break;
    }
    await comments.flush();
  } catch (error) {
    await comments.flush();
    if (!(error instanceof EventSourceError)) throw error;
    await explain(error);
  }
  if (comments.dropped > 0) log.say(`${comments.dropped} comments were left out: output too slow`);
  await log.written;
  if (failure !== undefined) throw failure;
}

/** The beginning of a rejected response's body, which may have no end. */
async function excerpt({ response }: EventSourceError): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  const sink = new WritableStream<Uint8Array>({
    write(chunk): void {
      text += decoder.decode(chunk.subarray(0, EXCERPT), { stream: true });
      if (text.length >= EXCERPT) throw new Error("that is enough");
    },
  });
  await response?.body?.pipeTo(sink).catch(() => {});
  return text.length < EXCERPT ? text : `${text.slice(0, EXCERPT)}...`;
}
