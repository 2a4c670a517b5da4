/**
 * Modules of the runtime that many programs never need, loaded by the first request that does:
 * node:https alone accounts for a third of this library's start-up time.
 *
 * They come as objects, not as namespaces: a namespace keeps the functions of its first import, and
 * misses those that libraries put in their place to mock, trace or tunnel requests.
 *
 * @module
 */

import type * as dns from "node:dns";
import type * as https from "node:https";
import process from "node:process";
import type * as tls from "node:tls";
import type * as zlib from "node:zlib";

interface Modules {
  readonly "node:dns": typeof dns;
  readonly "node:https": typeof https;
  readonly "node:tls": typeof tls;
  readonly "node:zlib": typeof zlib;
}

/** The module of that name. */
export function builtin<Name extends keyof Modules>(name: Name): Modules[Name] {
  return process.getBuiltinModule(name) as Modules[Name];
}
