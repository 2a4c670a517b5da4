/**
 * Decoding on Deno, whose `fetch` leaves it to the library where a request asks for "identity".
 *
 * @module
 */

import { withBody } from "./content_encoding.ts";
import type { TransportResponse } from "./transport.ts";

/**
 * Decodes what a user's fetch on Deno may not have: the first byte tells whether it has decoded gzip,
 * but not whether it has decoded br.
 */
export function decodeForUser(response: TransportResponse): TransportResponse {
  const coding = response.headers.get("content-encoding")?.toLowerCase() ?? "";
  return "Deno" in globalThis && /^(x-)?gzip$/.test(coding)
    ? decode(response, coding, GZIP_MAGIC)
    : response;
}

/** The first byte of gzip, which begins no text. */
const GZIP_MAGIC = 0x1F;

/** The part of a node:zlib decoder that is used here. */
interface Decoder {
  read(): Uint8Array | null;
  write(chunk: Uint8Array, callback: () => void): void;
  end(): void;
  destroy(): void;
  on(event: "readable" | "end", listener: () => void): void;
  on(event: "error", listener: (error: Error) => void): void;
}

interface Zlib {
  createGunzip(): Decoder;
  createBrotliDecompress(): Decoder;
}

/**
 * Decodes a response's body, flush by flush; if `magic` is given, only a body that begins with it.
 * Through node:zlib: Deno's DecompressionStream reads only the first gzip member, and that of 2.4
 * knows no br.
 */
export function decode(
  response: TransportResponse,
  coding: string,
  magic?: number,
): TransportResponse {
  const { body } = response;
  if (body === null) return response;
  // The types of this module are the web's, which lack Deno's `process`.
  const { process } = globalThis as unknown as {
    process: { getBuiltinModule(name: string): Zlib };
  };
  const zlib = process.getBuiltinModule("node:zlib");
  const decoder = coding === "br" ? zlib.createBrotliDecompress() : zlib.createGunzip();
  const reader = body.getReader();
  let isBusy = false;
  let isPlain = false;
  let hasEnded = false;
  let failure: Error | undefined;
  let wake = (): void => {};
  decoder.on("readable", () => wake());
  decoder.on("end", () => {
    hasEnded = true;
    wake();
  });
  decoder.on("error", (error) => {
    failure = error;
    wake();
  });
  const stream = new ReadableStream<Uint8Array>({
    // Called when everything has been read, so that no failure overtakes earlier data.
    async pull(controller): Promise<void> {
      for (;;) {
        const decoded = decoder.read();
        if (decoded !== null) return controller.enqueue(decoded);
        if (failure !== undefined) throw failure;
        if (hasEnded) return controller.close();
        if (isBusy) {
          await new Promise<void>((resolve) => wake = resolve);
          continue;
        }
        const { done, value } = await reader.read();
        if (!done && magic !== undefined && value.length > 0) {
          isPlain = value[0] !== magic;
          magic = undefined;
          if (isPlain) decoder.destroy();
        }
        if (isPlain) return done ? controller.close() : controller.enqueue(value);
        isBusy = true;
        if (done) decoder.end();
        else {
          decoder.write(value, () => {
            isBusy = false;
            wake();
          });
        }
      }
    },
    async cancel(reason): Promise<void> {
      decoder.destroy();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
  return withBody(response, stream);
}
