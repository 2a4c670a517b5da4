/**
 * Events and comments as they are printed.
 *
 * What a server sends is no command to the terminal: for people, control characters and those that
 * turn the direction of text around are shown as escapes. In JSON they are escapes too. `raw` is
 * the data as it came.
 *
 * @module
 */

import { styleText } from "node:util";
import { escapeCharacter, visible } from "../shown.ts";
import type { Format } from "./arguments.ts";
import { prettyJson } from "./pretty_json.ts";

/** How to print. */
export interface Style {
  readonly format: Format;
  /** Whether data that is JSON is spread over several lines. */
  readonly pretty: boolean;
  readonly color: boolean;
}

/** What of an event is printed. */
export interface Printable {
  readonly type: string;
  readonly data: string;
  readonly lastEventId: string;
  readonly origin: string;
}

type Color = "gray" | "cyan" | "yellow" | "red";

/** The text of an event, line feeds included. */
export function formatEvent(event: Printable, { format, pretty, color }: Style): string {
  const { type, data, lastEventId, origin } = event;
  switch (format) {
    case "raw":
      return `${data}\n`;
    case "json":
      return jsonLine({ type, data, lastEventId, origin, time: new Date().toISOString() });
    case "human": {
      const spread = pretty ? prettyJson(data) : undefined;
      const lines = (spread ?? data).split("\n").map(visible);
      const head = [
        paint("gray", clock(), color),
        paint("cyan", visible(type), color),
        ...(lastEventId === "" ? [] : [paint("yellow", `id=${visible(lastEventId)}`, color)]),
      ].join(" ");
      if (lines.length === 1) return `${head} ${lines[0]}\n`;
      return `${head}\n${lines.map((line) => `  ${line}\n`).join("")}`;
    }
  }
}

/** The text of a comment; nothing for `raw`. */
export function formatComment(comment: string, { format, color }: Style): string {
  switch (format) {
    case "raw":
      return "";
    case "json":
      return jsonLine({ comment, time: new Date().toISOString() });
    case "human":
      return `${paint("gray", `${clock()} : ${visible(comment)}`, color)}\n`;
  }
}

/** Colours text, if there are to be colours. */
export function paint(color: Color, text: string, wanted: boolean): string {
  // Whether the stream is a terminal has been asked already.
  return wanted ? styleText(color, text, { validateStream: false }) : text;
}

/** JSON leaves these as they are, and a terminal may obey them. */
const UNESCAPED = /[\x7F-\x9F]/g;

function jsonLine(value: object): string {
  return `${JSON.stringify(value).replace(UNESCAPED, escapeCharacter)}\n`;
}

/** The local time. */
function clock(): string {
  return new Date().toTimeString().slice(0, 8);
}
