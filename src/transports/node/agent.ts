/**
 * The agents that connect for node:http: this library's, or the user's.
 *
 * @module
 */

import http from "node:http";
import type { Duplex } from "node:stream";
import { causeOf } from "../../causes.ts";
import { check, isObject, kindOf, misuse } from "../../check.ts";
import { EventSourceError } from "../../errors.ts";
import { explain, showOrigin } from "../../shown.ts";
import type { HttpsOptions, TransportInit } from "../transport.ts";
import { builtin } from "./builtin.ts";

/**
 * The agents of the process. They keep no connections, because a request on a kept one may be lost or
 * sent twice. They keep TLS sessions, by the options that a session depends on.
 */
const PLAIN = new http.Agent({ keepAlive: false });
let secure: http.Agent | undefined;

/** The same for options that an agent cannot tell apart when it looks for a session. */
let withoutSessions: http.Agent | undefined;

/** On a resumed session Node.js skips the first; of the others, an agent's key says nothing. */
const APART = [
  "checkServerIdentity",
  "allowPartialTrustChain",
  "key",
  "minDHSize",
  "pfx",
  "pskCallback",
  "secureContext",
  "session",
];

type CreateConnection = (
  options: object,
  callback: (error: Error | null, socket: unknown) => void,
) => unknown;

/** The options of node:http's `request` that make the connection. */
export type Connector = Pick<http.RequestOptions, "agent" | "createConnection">;

/** Chooses the connector for a request; `undefined` for an agent of this library. */
export type ChooseConnector = (url: URL, sameOrigin: boolean) => Connector | undefined;

/** The agent of this library for a URL. */
export function ownAgent({ protocol }: URL, options: HttpsOptions): http.Agent {
  if (protocol !== "https:") return PLAIN;
  const { Agent } = builtin("node:https");
  return APART.some((name) => name in options)
    ? withoutSessions ??= new Agent({ keepAlive: false, maxCachedSessions: 0 })
    : secure ??= new Agent({ keepAlive: false });
}

/**
 * How the user wants connections to be made; `undefined` for the default.
 *
 * @throws {TypeError} If several options say it, or a value cannot be used.
 */
export function userConnector(
  { agent, createConnection, proxy }: TransportInit,
  tlsAgent: HttpsOptions["agent"],
): ChooseConnector | undefined {
  const given = { agent, "https.agent": tlsAgent, createConnection, proxy };
  const [[name, value] = [], other] = Object.entries(given).filter(([, value]) =>
    value !== undefined && value !== false
  );
  if (name === undefined) return undefined;
  if (other !== undefined) throw misuse(`${name} and ${other[0]} exclude each other`);
  if (name === "proxy") return undefined;
  if (name === "agent" && typeof value === "function") {
    return (url) => {
      const agent = askForAgent(value as (url: URL) => unknown, url);
      return agent && { agent };
    };
  }
  const takesAgent = name !== "createConnection";
  const orFunction = name === "agent" ? ", or a function that returns one" : "";
  check(!takesAgent || isAgent(value), `${name} must be an Agent${orFunction}`, kindOf(value));
  return (url, sameOrigin) => {
    if (sameOrigin) {
      return takesAgent ? { agent: value as http.Agent } : checked(value as CreateConnection, url);
    }
    throw new EventSourceError(
      "request",
      `Cannot connect to ${showOrigin(url)}: ${name} applies to the origin of the source's URL ` +
        "only; give agent as a function of the URL, which is called for each request",
    );
  };
}

/** Fails the attempt unless the function makes a socket: Node.js 20 would throw where nothing catches. */
function checked(create: CreateConnection, url: URL): Connector {
  const problemOf = (socket: unknown): EventSourceError | undefined => {
    if (isObject(socket) && "on" in socket && "write" in socket) return undefined;
    if (socket instanceof Promise) socket.catch(() => {});
    const message =
      `Cannot connect to ${showOrigin(url)}: createConnection must return or call back ` +
      `with a socket, got ${kindOf(socket)}`;
    return new EventSourceError("request", message);
  };
  return {
    createConnection(options, callback) {
      const socket = create(options, (error, made) => {
        callback(error ?? problemOf(made) ?? null, made as Duplex);
      });
      const problem = socket ? problemOf(socket) : undefined;
      if (problem !== undefined) throw problem;
      return socket as Duplex | null;
    },
  };
}

/** @throws {EventSourceError} If the function throws, or returns something else. */
function askForAgent(choose: (url: URL) => unknown, url: URL): http.Agent | undefined {
  try {
    const agent = choose(new URL(url));
    if (agent === undefined || isAgent(agent)) return agent as http.Agent | undefined;
    throw new TypeError(`it must be an Agent, got ${kindOf(agent)}`);
  } catch (cause) {
    const message = `Cannot get the agent of a request: ${explain(cause)}`;
    throw new EventSourceError("request", message, { cause: causeOf(cause) });
  }
}

/** By shape: agents come from libraries too. */
function isAgent(value: unknown): boolean {
  return isObject(value) && "addRequest" in value;
}
