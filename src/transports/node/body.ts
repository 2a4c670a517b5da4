/**
 * Bodies between web streams and node:http.
 *
 * @module
 */

import type * as http from "node:http";
import { type Duplex, PassThrough, type Readable } from "node:stream";
import { codingsOf } from "../content_encoding.ts";
import { type RequestBody, TEXT_TYPE } from "../transport.ts";
import { builtin } from "./builtin.ts";

/**
 * The body's bytes or stream, with the headers that describe it. The user's headers do not frame the
 * request, because they may come from another one: with two framings, or a wrong one, a server takes
 * the rest for a second request.
 */
export async function encodeBody(
  body: RequestBody | undefined,
  fields: Record<string, string>,
): Promise<string | Uint8Array | ReadableStream<Uint8Array> | undefined> {
  const { "content-length": length } = fields;
  delete fields["content-length"];
  delete fields["transfer-encoding"];
  if (body === undefined) return undefined;
  if (body instanceof ReadableStream) {
    // For some methods Node.js would send it without framing, as if it were the next request.
    if (length !== undefined && /^\d+$/.test(length)) fields["content-length"] = length;
    else fields["transfer-encoding"] = "chunked";
    return body;
  }
  // Forms and blobs: as Fetch encodes them.
  const encoded = new Response(body);
  const type = typeof body === "string" ? TEXT_TYPE : encoded.headers.get("content-type");
  if (type !== null) fields["content-type"] ??= type;
  const bytes = new Uint8Array(await encoded.arrayBuffer());
  fields["content-length"] = String(bytes.length);
  return bytes;
}

/**
 * Writes a stream as a request's body, at the pace of the connection. Checks the length that the user
 * gave, which the runtimes check too late, or not at all.
 *
 * @throws {TypeError} If it is longer or shorter.
 */
export async function send(
  body: ReadableStream<Uint8Array>,
  request: http.ClientRequest,
): Promise<void> {
  const reader = body.getReader();
  const said = request.getHeader("content-length");
  let sent = 0;
  let resume = (): void => {};
  request.on("drain", () => resume());
  request.on("close", () => {
    resume();
    reader.cancel().catch(() => {});
  });
  for (;;) {
    const { done, value } = await reader.read();
    if (request.destroyed) return;
    if (!done) sent += value.byteLength;
    if (said !== undefined && (sent > Number(said) || done && sent < Number(said))) {
      throw new TypeError(`the body's length does not match Content-Length, ${said} bytes`);
    }
    if (done) break;
    if (request.write(value)) continue;
    await new Promise<void>((resolve) => void (resume = resolve));
  }
  request.end();
}

/**
 * A response's body as a web stream, decoded as it arrives. It delivers everything that came before it
 * fails, whereas the streams of Node.js and of the web drop what they hold when they fail.
 */
export function toStream(
  response: http.IncomingMessage,
  request: http.ClientRequest,
  decoders: readonly Decode[],
): ReadableStream<Uint8Array> {
  let failure: Error | undefined;
  const fail = (error: Error): void => void (failure ??= error);
  // If a body without framing is reset, Node.js reports an end of the response.
  request.on("error", fail);
  const source = decoders.reduce<Readable>((encoded, decode) => decode(encoded, fail), response);
  /** What has come and is not delivered; more is read only when it is empty. */
  const chunks: Uint8Array[] = [];
  let isWanted = false;
  let isDone = false;
  let controller: ReadableStreamDefaultController<Uint8Array>;
  const give = (): void => {
    if (!isWanted) return;
    const chunk = chunks.shift();
    if (chunk !== undefined) {
      isWanted = false;
      controller.enqueue(chunk);
    } else if (!isDone) source.resume();
    else if (failure === undefined) controller.close();
    // For a connection that was cut, Node.js says only "aborted".
    else controller.error(response.aborted ? new Error("the connection was cut") : failure);
  };
  const finish = (error?: Error): void => {
    if (isDone) return;
    isDone = true;
    chunks.push(...rest(source));
    if (error !== undefined) fail(error);
    // At the end, a user's agent may keep the connection.
    if (failure !== undefined) request.destroy();
    give();
  };
  source.on("data", (chunk: Uint8Array) => {
    if (isDone) return;
    chunks.push(chunk);
    give();
    if (chunks.length > 0) source.pause();
  });
  source.on("end", () => finish());
  source.on("error", finish);
  source.on("close", () => finish(new Error("the response broke off")));
  source.pause();
  return new ReadableStream<Uint8Array>({
    start(its): void {
      controller = its;
    },
    pull(): void {
      isWanted = true;
      give();
    },
    cancel(): void {
      isDone = true;
      request.destroy();
      source.destroy();
    },
    // Nothing goes into the stream's own queue.
  }, { highWaterMark: 0 });
}

/** The data that a failed stream holds. */
function rest(stream: Readable): Uint8Array[] {
  const chunk: Uint8Array | null = stream.read();
  return chunk === null ? [] : [chunk, ...rest(stream)];
}

/** Decodes one coding; calls `fail` if the encoded data breaks off. */
type Decode = (encoded: Readable, fail: (error: Error) => void) => Readable;

/** The limit for codings of one response: each decoder takes memory. */
const MAX_CODINGS = 4;

const DECODERS: ReadonlyMap<string, Decode> = new Map([
  ["gzip", through(() => builtin("node:zlib").createGunzip())],
  ["x-gzip", through(() => builtin("node:zlib").createGunzip())],
  ["deflate", inflate],
  ["br", through(() => builtin("node:zlib").createBrotliDecompress())],
]);

/**
 * The decoders for a `Content-Encoding`, in the order of the body's way; `undefined` if one is missing.
 * Each flushes after every chunk, and fails if the end is missing.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-8.4}
 */
export function decodersFor(contentEncoding: string): Decode[] | undefined {
  const codings = codingsOf(contentEncoding).reverse();
  const decoders = codings.map((coding) => DECODERS.get(coding));
  const areKnown = decoders.every((decoder) => decoder !== undefined);
  return areKnown && codings.length <= MAX_CODINGS ? decoders : undefined;
}

function through(create: () => Duplex): Decode {
  return (encoded, fail) => connect(encoded, create(), fail);
}

/**
 * Decodes "deflate": the zlib format by the standard, raw deflate data from some servers. The first
 * byte tells which.
 */
function inflate(encoded: Readable, fail: (error: Error) => void): Readable {
  const decoded = new PassThrough();
  encoded.on("error", (error) => {
    fail(error);
    if (!encoded.listenerCount("data")) decoded.end();
  });
  encoded.once("readable", () => {
    const first: Uint8Array | null = encoded.read(1);
    if (first !== null) encoded.unshift(first);
    const hasHeader = ((first?.[0] ?? 0) & 0x0F) === 0x08;
    const { createInflate, createInflateRaw } = builtin("node:zlib");
    const inflated = hasHeader ? createInflate() : createInflateRaw();
    connect(connect(encoded, inflated, fail), decoded, fail);
  });
  return decoded;
}

/** Pipes one stream into another, which gets all data from before the first broke off. */
function connect(from: Readable, to: Duplex, fail: (error: Error) => void): Duplex {
  from.on("error", (error) => {
    fail(error);
    from.unpipe(to);
    for (const chunk of rest(from)) to.write(chunk);
    to.end();
  });
  return from.pipe(to);
}
