/**
 * Modules of the runtime that many programs never need, loaded by the first request that does:
 * node:https alone takes a third of the time that this library takes to start.
 *
 * They come as objects, not as namespaces: those keep what was there when they were first imported,
 * and miss what libraries that mock, trace or tunnel requests put in its place.
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
