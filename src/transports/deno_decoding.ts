/**
 * Decoding on Deno, whose `fetch` leaves it to the library where a request asks for "identity".
 *
 * @module
 */

import { withBody } from "./content_encoding.ts";
import type { TransportResponse } from "./transport.ts";

/**
 * Decodes what a fetch of the user's may not, if that is on Deno: whether it has decoded gzip, the
 * first byte tells. That of br does not.
 */
export function decodeForUser(response: TransportResponse): TransportResponse {
  const coding = response.headers.get("content-encoding")?.toLowerCase() ?? "";
  return "Deno" in globalThis && /^(x-)?gzip$/.test(coding)
    ? decode(response, coding, GZIP_MAGIC)
    : response;
}

/** What gzip begins with, and no text. */
const GZIP_MAGIC = 0x1F;

/** A decoder of node:zlib, as far as it is used here. */
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
 * The response with its body decoded, flush by flush; only if it begins with `magic`, where that is
 * given. By node:zlib: a DecompressionStream of Deno's takes one member of gzip alone, and of 2.4 no
 * br.
 */
export function decode(
  response: TransportResponse,
  coding: string,
  magic?: number,
): TransportResponse {
  const { body } = response;
  if (body === null) return response;
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
    // Called when nothing is left to be read: so no failure overtakes what came before it.
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
