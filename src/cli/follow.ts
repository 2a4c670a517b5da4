/**
 * Follows a stream, prints it, and says how it ended.
 *
 * @module
 */

import process from "node:process";
import { createEventSource } from "../event_source.ts";
import { EventSourceErrorEvent } from "../events.ts";
import type { EventSourceError } from "../errors.ts";
import type { EventSourceInit } from "../options.ts";
import { isRetried } from "../reconnection.ts";
import { isSafe } from "../request/body.ts";
import { followRedirects } from "../request/redirect.ts";
import { startTimer } from "../timer.ts";
import type { EventSource } from "../types.ts";
import { visible } from "../shown.ts";
import { advise, isAboutPermission, isAboutProtocol, mayWantTls, TLS_HINT } from "./advice.ts";
import type { Arguments } from "./arguments.ts";
import { Comments } from "./comments.ts";
import type { Cursor } from "./cursor.ts";
import { readExcerpt } from "./excerpt.ts";
import { formatComment, formatEvent, paint, type Style } from "./format.ts";
import { isBrokenPipe, Output, tell, wantsColor } from "./output.ts";
import { prepare, type Prepared } from "./request.ts";
import { createTransport, withLog, withObserver } from "./transport.ts";
import { UsageError } from "./usage.ts";

/** A failure that ends the command, in a sentence that says what to do. */
export class CommandError extends Error {}

/**
 * Follows the stream that is asked for. Returns when it has ended as asked, or the user wants no
 * more of it.
 *
 * @throws {UsageError} If the arguments cannot be honoured.
 * @throws {CommandError} If the stream failed for good.
 */
export async function follow(args: Arguments): Promise<void> {
  const prepared = await prepare(args);
  const run = new Run(args, prepared);
  await run.done;
}

class Run {
  /** Settles when the command is done. */
  readonly done: Promise<void>;
  readonly #args: Arguments;
  readonly #cursor: Cursor | undefined;
  readonly #style: Style;
  readonly #colorsErrors: boolean;
  readonly #stop = new AbortController();
  readonly #output: Output;
  readonly #comments: Comments;
  /** What else than the stream has ended the command, if it is a failure. */
  #failure: CommandError | undefined;
  /** Whether there has been a connection. */
  #opened = false;
  /** Whether a redirect has led the last request to another origin. */
  #strayed = false;
  /** How many attempts in a row have ended, if the limit is what ended them. */
  #attempts: number | undefined;
  /** What is still being read of a rejected response. */
  #excerpt: Promise<void> | undefined;
  /** Resolves when all that was said on stderr is written. */
  #said: Promise<void> | undefined;

  constructor(args: Arguments, { request, cursor }: Prepared) {
    this.#args = args;
    this.#cursor = cursor;
    const color = wantsColor(process.stdout);
    this.#style = { format: args.format, pretty: args.pretty, color };
    this.#colorsErrors = wantsColor(process.stderr);
    this.#output = new Output(this.#stop.signal, (error) => this.#onBroken(error));
    const { verbose, lastEventId, idFile } = args;
    if (verbose && cursor !== undefined && (lastEventId ?? cursor.id) !== cursor.id) {
      this.#say(`--last-event-id is not used: ${idFile} holds an id, and that one decides`);
    }
    this.#comments = new Comments((text) => this.#output.write(formatComment(text, this.#style)));
    const source = this.#createSource(request);
    source.onopen = (event) => {
      if (!(event instanceof MessageEvent)) this.#opened = true;
    };
    source.onerror = (event) => {
      if (event instanceof EventSourceErrorEvent) this.#onError(event);
    };
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      // Once: a second one ends what does not end by itself.
      process.once(signal, () => this.#stop.abort());
    }
    const { timeout } = args;
    if (timeout !== undefined) {
      startTimer(timeout, () => {
        this.#end(`the ${timeout / 1000} s of --timeout are over: allow more, or leave it out`);
      });
    }
    this.done = this.#read(source);
  }

  #createSource(request: Prepared["request"]): EventSource {
    const { url, verbose, comments, idleTimeout, reconnects, maxAttempts, method } = this.#args;
    const EventSource = createEventSource(
      (init) => {
        const transport = withObserver(createTransport(init), ({ sameOrigin }) => {
          this.#strayed = !sameOrigin;
        });
        return verbose ? withLog(transport, (line) => this.#note(line)) : transport;
      },
      followRedirects,
      () => this.#comments.messageDispatched(),
    );
    const init: EventSourceInit = {
      ...request,
      idleTimeout,
      signal: this.#stop.signal,
      reconnection: reconnects && {
        maxRetries: maxAttempts,
        // What is sent with another method is sent once, which is the default.
        when: isSafe(method) ? (error) => this.#isRetried(error) : undefined,
      },
      onComment: comments ? (text) => this.#comments.add(text) : undefined,
    };
    try {
      return new EventSource(url, init);
    } catch (error) {
      const { message } = error as Error;
      throw new UsageError(message.replace(/^Cannot construct EventSource: /, ""));
    }
  }

  /** No other attempt fares better, as long as the user does nothing about it. */
  #isRetried(error: EventSourceError): boolean {
    return isRetried(error) && !isAboutPermission(error) &&
      (this.#opened || !isAboutProtocol(error));
  }

  async #read(source: EventSource): Promise<void> {
    const { signal } = this.#stop;
    const { types, count } = this.#args;
    let printed = 0;
    try {
      for await (const event of source) {
        if (signal.aborted) break;
        await this.#comments.print();
        if (types.length === 0 || types.includes(event.type)) {
          const written = await this.#output.write(formatEvent(event, this.#style));
          if (!written) break;
          printed++;
        }
        this.#save(event.lastEventId);
        await this.#comments.messagePrinted();
        if (printed >= count || signal.aborted) break;
      }
      await this.#comments.print();
    } catch (error) {
      const failure = error as EventSourceError;
      await this.#comments.print();
      await this.#excerpt;
      // How a server says that there is no more.
      if (failure.status !== 204) {
        const advice = advise(failure, this.#args, this.#strayed);
        this.#end(`${failure.message.trimEnd()}${this.#surrender()}: ${advice}`);
      }
    }
    const { dropped } = this.#comments;
    if (dropped > 0) {
      this.#say(`${dropped} comments were left out: the output was too slow for them`);
    }
    await this.#said;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** How often it was tried, if nothing but that ended it. */
  #surrender(): string {
    if (this.#attempts === undefined) return "";
    return `; gave up after ${this.#attempts} attempt${this.#attempts === 1 ? "" : "s in a row"}`;
  }

  #save(id: string): void {
    try {
      this.#cursor?.save(id);
    } catch (error) {
      this.#end(`--save-id: ${(error as Error).message}: make room, or give another file`);
    }
  }

  /** Ends the command as a failure; the first one counts. */
  #end(message: string): void {
    if (this.#stop.signal.aborted) return;
    this.#failure = new CommandError(message);
    this.#stop.abort();
  }

  /** Nobody reads any longer, which is no failure; or there is no room. */
  #onBroken(error: Error): void {
    if (isBrokenPipe(error)) this.#stop.abort();
    else this.#end(`cannot write the output: ${error.message}: make room for it`);
  }

  #onError(event: EventSourceErrorEvent): void {
    const { reason, message, error, willReconnect, delay = 0, response, attempt } = event;
    const { maxAttempts = Infinity, method } = this.#args;
    // The other reasons are final at the first attempt.
    const isBounded = isSafe(method) && /^(network|closed|idle)$/.test(reason);
    if (isBounded && attempt > maxAttempts && this.#isRetried(error)) this.#attempts = attempt;
    if (willReconnect) {
      // That a server closes a stream is how many of them work.
      if (reason === "closed" && !this.#args.verbose) return;
      const hint = !this.#opened && mayWantTls(error) ? `; ${TLS_HINT}` : "";
      this.#say(`${message.trimEnd()}; trying again in ${(delay / 1000).toFixed(1)} s${hint}`);
    } else if (this.#args.verbose && response?.body) {
      this.#excerpt = readExcerpt(response.body).then((text) => {
        for (const line of text.split("\n")) this.#note(`< ${line}`);
      });
    }
  }

  #say(text: string): void {
    this.#said = tell(process.stderr, `eventsource: ${visible(text)}\n`);
  }

  #note(line: string): void {
    this.#said = tell(process.stderr, `${paint("gray", visible(line), this.#colorsErrors)}\n`);
  }
}
