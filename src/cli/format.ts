/**
 * Events and comments as they are printed.
 *
 * A server cannot command the terminal: control characters, and those that change the direction of
 * text, are printed as escapes, except in `raw`, which prints the data as it came.
 *
 * @module
 */

import { styleText } from "node:util";
import { visible } from "../shown.ts";
import type { Arguments } from "./arguments.ts";

/** How to print. */
export interface Style {
  readonly format: Arguments["format"];
  readonly color: boolean;
  /** The longest JSON data that is printed over several lines, in UTF-16 code units. */
  readonly longestSpread: number;
}

/** The text of an event, line feeds included. */
export function formatEvent(event: MessageEvent<string>, style: Style): string {
  const { type, data, lastEventId, origin } = event;
  const { format, color } = style;
  if (format === "raw") return `${data}\n`;
  if (format === "json") return jsonLine({ type, data, lastEventId, origin });
  const lines = formatJson(data, style)?.split("\n") ?? data.split("\n").map(visible);
  const head = `${paint("gray", clock(), color)} ${paint("cyan", visible(type), color)}` +
    (lastEventId === "" ? "" : ` ${paint("yellow", `id=${visible(lastEventId)}`, color)}`);
  if (lines.length === 1) return `${head} ${lines[0]}\n`;
  return `${head}\n${lines.map((line) => `  ${line}\n`).join("")}`;
}

/** The text of a comment; nothing for `raw`. */
export function formatComment(comment: string, { format, color }: Style): string {
  if (format === "raw") return "";
  if (format === "json") return jsonLine({ comment });
  return `${paint("gray", `${clock()} : ${visible(comment)}`, color)}\n`;
}

type Color = "gray" | "cyan" | "yellow" | "blue" | "green";

/** Colours text, if there are to be colours. */
export function paint(color: Color, text: string, wanted: boolean): string {
  // The caller has checked whether the stream is a terminal.
  return wanted ? styleText(color, text, { validateStream: false }) : text;
}

/** In JSON, these characters stand only in strings, which have the same escapes. */
function jsonLine(value: object): string {
  return `${visible(JSON.stringify({ ...value, time: new Date().toISOString() }))}\n`;
}

/** The local time. */
function clock(): string {
  return new Date().toTimeString().slice(0, 8);
}

/** Longer text is left as it is, because the search for a string's end may fail. */
export const LONGEST_JSON = 1_000_000;

/** Deeper levels are not indented further: indentation would outgrow the text. */
const DEEPEST = 32;

/** White space; or a string with the colon of a key, a bracket, a comma, a number or a word. */
const TOKEN = /\s+|("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\],]|[^\s{}[\],"]+/g;

/**
 * Colours and spreads an object or array, token by token: parsed and printed again, numbers would
 * lose digits, and objects the keys that they repeat. `undefined` where it stays as it is.
 */
function formatJson(text: string, { longestSpread, color }: Style): string | undefined {
  const most = color ? LONGEST_JSON : longestSpread;
  if (text.length > most || !/^\s*[{[]/.test(text)) return undefined;
  try {
    JSON.parse(text);
  } catch {
    return undefined;
  }
  const spreads = text.length <= longestSpread;
  let result = "";
  let depth = 0;
  let last = "";
  for (const [token, string, colon] of text.matchAll(TOKEN)) {
    const isSpace = /^\s/.test(token);
    if (isSpace && !spreads) result += token;
    if (isSpace) continue;
    const opened = last === "{" || last === "[";
    const closes = token === "}" || token === "]";
    if (closes) depth--;
    const breaks = spreads && (closes ? !opened : opened || last === ",");
    if (breaks) result += `\n${"  ".repeat(Math.min(depth, DEEPEST))}`;
    if (token === "{" || token === "[") depth++;
    if (string === undefined) {
      result += /[{}[\],]/.test(token) ? token : paint("yellow", token, color);
    } else {
      result += paint(colon === undefined ? "green" : "blue", visible(string), color);
      result += colon !== undefined && spreads ? ": " : colon ?? "";
    }
    last = token;
  }
  return result;
}
