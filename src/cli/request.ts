/**
 * The request that the arguments ask for, with what stands in files.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import process from "node:process";
import type { EventSourceInit } from "../options.ts";
import type { Arguments } from "./arguments.ts";
import { readAuthorities } from "./authorities.ts";
import { Cursor } from "./cursor.ts";
import { requestPermissions } from "./permissions.ts";
import { UsageError } from "./usage.ts";

/** The part of an `EventSource`'s options that is about its requests. */
export type RequestOptions = Pick<
  EventSourceInit,
  "method" | "headers" | "body" | "https" | "proxy" | "lastEventId"
>;

/** A request, and where its last event id is kept. */
export interface Prepared {
  readonly request: RequestOptions;
  readonly cursor: Cursor | undefined;
}

/**
 * Makes the request.
 *
 * @throws {UsageError} If a permission is missing, or a file cannot be used.
 */
export async function prepare(args: Arguments): Promise<Prepared> {
  const { method, proxy, caFile, idFile } = args;
  await requestPermissions(args);
  const ca = caFile === undefined
    ? undefined
    : await attempt("--cacert", () => readAuthorities(caFile));
  const cursor = idFile === undefined
    ? undefined
    : await attempt("--save-id", () => new Cursor(idFile, args.lastEventId ?? ""));
  const body = args.data === undefined ? undefined : await readBody(args.data);
  const isTyped = args.headers.some(([name]) => name.toLowerCase() === "content-type");
  const type: [string, string][] = body === undefined || isTyped
    ? []
    : [["Content-Type", contentType(body)]];
  return {
    cursor,
    request: {
      method,
      headers: [...args.headers, ...type],
      body,
      lastEventId: cursor?.id || args.lastEventId,
      proxy,
      https: {
        ...(ca === undefined ? {} : { ca }),
        ...(isLenient(args) ? { rejectUnauthorized: false } : {}),
      },
    },
  };
}

/** Whether a certificate may go unverified: one of another origin is verified in any case. */
function isLenient({ insecure, url }: Arguments): boolean {
  return insecure && new URL(url).protocol === "https:";
}

/** As `curl` has it: text, a file's bytes after an at sign, or standard input. */
async function readBody(data: string): Promise<Uint8Array<ArrayBuffer>> {
  if (data === "-" || data === "@-") return await attempt("--data", readInput);
  if (!data.startsWith("@")) return new TextEncoder().encode(data);
  return new Uint8Array(await attempt("--data", () => readFileSync(data.slice(1))));
}

async function readInput(): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** JSON where it is that, or else what `curl` says. */
function contentType(body: Uint8Array): string {
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    return "application/json";
  } catch {
    return "application/x-www-form-urlencoded";
  }
}

async function attempt<Value>(option: string, does: () => Value | Promise<Value>): Promise<Value> {
  try {
    return await does();
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${option}: ${why}: check the path, and who may use it`);
  }
}
