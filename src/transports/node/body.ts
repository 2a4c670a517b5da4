/**
 * Bodies between web streams and node:http.
 *
 * @module
 */

import type * as http from "node:http";
import { type Duplex, PassThrough, type Readable } from "node:stream";
import * as zlib from "node:zlib";
import { codingsOf } from "../content_encoding.ts";
import { type RequestBody, TEXT_TYPE } from "../transport.ts";

/**
 * The body's bytes or stream, with the header fields that describe it. How a request is framed is
 * not for the user's fields to say, which may come from another request: two framings, or a wrong
 * one, make a second request of what is left.
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
    // For some methods Node.js would send it without any framing: as the next request.
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
 * Writes a stream as a request's body, at the pace of the connection. Where the user has said its
 * length, it is held to it: the runtimes check that too late, or not at all.
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
      throw new TypeError(`the body has not the length that Content-Length says, ${said} bytes`);
    }
    if (done) break;
    if (request.write(value)) continue;
    await new Promise<void>((resolve) => void (resume = resolve));
  }
  request.end();
}

/** A response's body as a web stream, decoded as it arrives. */
export function toStream(
  response: http.IncomingMessage,
  request: http.ClientRequest,
  decoders: readonly Decode[],
): ReadableStream<Uint8Array> {
  const source = decoders.reduce<Readable>((encoded, decode) => decode(encoded), response);
  let done = false;
  // Of a body without framing, Node.js says that it has ended, also when it was reset.
  let failure: Error | undefined;
  request.on("error", (error) => void (failure = error));
  return new ReadableStream<Uint8Array>({
    start(controller): void {
      const finish = (error?: Error): void => {
        if (done) return;
        done = true;
        if (error === undefined) controller.close();
        // Node.js says no more than "aborted" of a connection that was cut.
        else controller.error(response.aborted ? new Error("the connection was cut") : error);
        request.destroy();
      };
      source.on("data", (chunk: Uint8Array) => {
        if (done) return;
        controller.enqueue(chunk);
        if (controller.desiredSize !== null && controller.desiredSize <= 0) source.pause();
      });
      source.on("end", () => finish(failure));
      source.on("error", finish);
      source.on("close", () => finish(new Error("the response broke off")));
      source.pause();
    },
    pull(): void {
      source.resume();
    },
    cancel(): void {
      done = true;
      request.destroy();
      source.destroy();
    },
  });
}

/** Undoes one coding. */
type Decode = (encoded: Readable) => Readable;

/** The most codings that are undone: each takes memory, and nobody needs more. */
const MAX_CODINGS = 4;

const DECODERS: ReadonlyMap<string, Decode> = new Map([
  ["gzip", through(zlib.createGunzip)],
  ["x-gzip", through(zlib.createGunzip)],
  ["deflate", inflate],
  ["br", through(zlib.createBrotliDecompress)],
]);

/**
 * What undoes a `Content-Encoding`, in the order in which the body goes through it; `undefined` if
 * nothing here does. All give what they have with each chunk, and fail if the end is missing.
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
  return (encoded) => connect(encoded, create());
}

/**
 * Undoes "deflate", by which many servers mean what the standard does, the zlib format, and others
 * what is in it, without the header: the first byte tells.
 */
function inflate(encoded: Readable): Readable {
  const decoded = new PassThrough();
  encoded.on("error", (error) => decoded.destroy(error));
  encoded.once("readable", () => {
    const first: Uint8Array | null = encoded.read(1);
    if (first !== null) encoded.unshift(first);
    const hasHeader = ((first?.[0] ?? 0) & 0x0F) === 0x08;
    connect(connect(encoded, hasHeader ? zlib.createInflate() : zlib.createInflateRaw()), decoded);
  });
  return decoded;
}

function connect(from: Readable, to: Duplex): Duplex {
  from.on("error", (error) => to.destroy(error));
  return from.pipe(to);
}
