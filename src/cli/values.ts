/**
 * The values of options, checked: every error names the option and what it may be, and shows no
 * secret.
 *
 * @module
 */

import { isToken, UNTRANSPORTABLE, userHeaders } from "../request/headers.ts";
import { showUrlText } from "../shown.ts";
import { UsageError } from "./usage.ts";

/** A header field: its name and its value. */
export type Field = readonly [name: string, value: string];

/** More than anybody waits for, and far from where numbers lose digits. */
const MOST = 1_000_000_000;

/** A year, in seconds. */
const LONGEST = 31_536_000;

/** A name or an address, and perhaps a port. */
const HOST = /^([a-z\d][a-z\d.\-]*|\[[a-f\d:.]+\])(:\d+)?(?=[/?#]|$)/i;

/**
 * Whether it begins as a URL does. With three slashes, the first folder would pass for its host.
 */
export function isWholeUrl(text: string): boolean {
  return /^(https?:\/\/[^/\\]|data:)/i.test(text);
}

/** What is not for HTTP would be taken, and then fail as a stream. */
export function checkUrl(text: string): string {
  const isWhole = isWholeUrl(text);
  if (isWhole && URL.canParse(text)) return text;
  const shown = showUrlText(text);
  const guess = guessUrl(shown);
  const hint = isWhole
    ? "check its host and port"
    : guess === undefined
    ? "give the whole of it, as in https://example.com/events"
    : `did you mean ${guess}?`;
  throw new UsageError(`${JSON.stringify(shown)} is no http: or https: URL: ${hint}`);
}

/** What may have been meant, if that has a host. */
function guessUrl(shown: string): string | undefined {
  const [, scheme = "http", rest = ""] = /^(?:(https?):\/?|\/\/)?(?!\/)(.*)$/is.exec(shown) ?? [];
  const url = `${scheme}://${rest}`;
  return HOST.test(rest) && URL.canParse(url) ? url : undefined;
}

/** A word of letters: no token is only that, nor a name and a password in one. */
const WORD = /^[\p{L}\p{M}_-]{1,40}$/u;

/** Of a field that is wrong, no more than the beginning of a name is shown: it may be a token. */
export function splitHeader(field: string): Field {
  const colon = field.indexOf(":");
  const name = field.slice(0, Math.max(colon, 0)).trim();
  const [, start = ""] = /^\s*([\w-]{0,40})/.exec(field) ?? [];
  const option = start === "" ? "--header" : `--header ${JSON.stringify(start)}`;
  if (colon < 0) {
    throw new UsageError(`${option} has no colon after its name: -H 'NAME: VALUE'`);
  }
  if (name === "") {
    throw new UsageError("--header has no name before its colon: -H 'NAME: VALUE'");
  }
  if (!isToken(name)) {
    const shown = WORD.test(name)
      ? `--header ${JSON.stringify(name)}`
      : `${option} (the rest is not shown, as it may be a secret)`;
    throw new UsageError(
      `the name of ${shown} holds a character that no name can: -H 'NAME: VALUE'`,
    );
  }
  return checkField([name, field.slice(colon + 1).trim()], `--header ${JSON.stringify(name)}`);
}

/** Cookies as one field; none if there are none. */
export function cookieHeader(cookies: readonly string[], headers: readonly Field[]): Field[] {
  if (cookies.length > 0 && headers.some(([name]) => name.toLowerCase() === "cookie")) {
    throw new UsageError("--cookie and the header Cookie exclude each other: give one of them");
  }
  if (cookies.some((cookie) => !cookie.includes("="))) {
    throw new UsageError("--cookie has no equals sign: --cookie NAME=VALUE");
  }
  return cookies.length === 0 ? [] : [checkField(["Cookie", cookies.join("; ")], "--cookie")];
}

function checkField(field: Field, option: string): Field {
  try {
    userHeaders([field]);
  } catch {
    throw new UsageError(
      `the value of ${option} holds a character that no header can carry, ` +
        "such as a line feed or one beyond Latin-1: take it out, or encode it",
    );
  }
  return field;
}

/** The user's own; one that a server has given is left out of the request instead. */
export function checkLastEventId(text: string | undefined): string | undefined {
  if (text === undefined || !UNTRANSPORTABLE.test(text)) return text;
  throw new UsageError(
    "--last-event-id holds a control character, which no request can carry: take it out",
  );
}

/** HEAD asks for no more than the head of an answer, CONNECT for a tunnel, TRACE for an echo. */
export function checkMethod(method: string): string {
  if (isToken(method) && !/^(CONNECT|HEAD|TRACE|TRACK)$/i.test(method)) return method;
  throw new UsageError(
    "--method must be one that events can answer, such as GET or POST, and is " +
      JSON.stringify(method),
  );
}

/** A whole number. */
export function whole(name: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least && number <= MOST) return number;
  throw new UsageError(
    `${name} must be a whole number from ${least} to ${MOST}, and is ${JSON.stringify(text)}`,
  );
}

/** A time in seconds, as milliseconds. */
export function seconds(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^(\d+(\.\d*)?|\.\d+)$/.test(text) && number >= 0.001 && number <= LONGEST) {
    return Math.round(number * 1000);
  }
  throw new UsageError(
    `${name} must be a number of seconds from 0.001 to ${LONGEST} (a year), such as 30 or 0.5, ` +
      `and is ${JSON.stringify(text)}`,
  );
}

/** Not shown if it is wrong: it may hold a password. */
export function checkProxy(text: string | undefined): string | false {
  if (text === undefined) return "env";
  if (text === "none") return false;
  if (!/^(https?|socks[45]?|socks5h):\/\//i.test(text) || !URL.canParse(text)) {
    throw new UsageError(
      "--proxy must be an http:, https: or socks5: URL, such as http://proxy.example:3128, or none",
    );
  }
  const { username, password } = new URL(text);
  try {
    decodeURIComponent(`${username}:${password}`);
  } catch {
    throw new UsageError("--proxy must have its user and password percent-encoded: %25 for %");
  }
  return text;
}
