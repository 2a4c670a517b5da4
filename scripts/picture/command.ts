/**
 * Draws the command at work, as README.md shows it: `deno task pictures`.
 *
 * Runs the command on a terminal against the example server, which cuts the connection once, and
 * writes what the terminal got as docs/images/command-light.svg and command-dark.svg. It needs
 * `script` of util-linux and the free port 8000.
 *
 * @module
 */

import { startServer } from "../../examples/sse_server.ts";
import { readArguments } from "../arguments.ts";
import { ROOT } from "../npm/config.ts";

const PORT = 8000;
const ARGUMENTS = `--count 4 --last-event-id 0 localhost:${PORT}/events`;

/** Of a terminal, in characters; of a character, in pixels. */
const COLUMNS = 80;
const WIDTH = 8.4;
const HEIGHT = 20;
const MARGIN = 16;
const FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace";

/** By the codes of the terminal's colours; "" is for text without one. */
type Theme = Readonly<Record<string, string>>;

const THEMES: Readonly<Record<string, Theme>> = {
  light: {
    background: "#f6f8fa",
    "": "#1f2328",
    "32": "#116329",
    "33": "#7d4e00",
    "34": "#0550ae",
    "36": "#1b7c83",
    "90": "#57606a",
  },
  dark: {
    background: "#161b22",
    "": "#e6edf3",
    "32": "#7ee787",
    "33": "#e3b341",
    "34": "#79c0ff",
    "36": "#56d4dd",
    "90": "#9198a1",
  },
};

/** Text in one colour. */
interface Span {
  readonly color: string;
  readonly text: string;
}

readArguments({
  command: "deno task pictures",
  about: "Draws the command at work into docs/images/, from a session on a terminal.",
});

const server = startServer({ port: PORT, interval: 800, retry: 1200, cutAt: [3] });
const command = `'${Deno.execPath()}' run --quiet --allow-net cli.ts ${ARGUMENTS}`;
const { NO_COLOR: _, FORCE_COLOR: __, ...env } = Deno.env.toObject();
const { stdout } = await new Deno.Command("script", {
  args: ["-qec", command, "/dev/null"],
  cwd: ROOT,
  clearEnv: true,
  env: { ...env, TERM: "xterm-256color" },
  stdin: "null",
  signal: AbortSignal.timeout(30_000),
}).output();
await server.close();
const session = new TextDecoder().decode(stdout).replaceAll("\r", "");
if (!/id=1\b[^]*id=2\b[^]*trying again[^]*id=3\b[^]*id=4\b/.test(session)) {
  console.error(`The session does not show what it is to show:\n${session}`);
  Deno.exit(1);
}

const lines = `\x1B[90m$\x1B[39m eventsource ${ARGUMENTS}\n${session}`.trimEnd().split("\n")
  .flatMap((line) => wrap(parse(line)));
await Deno.mkdir(new URL("docs/images/", ROOT), { recursive: true });
for (const [name, theme] of Object.entries(THEMES)) {
  const path = `docs/images/command-${name}.svg`;
  await Deno.writeTextFile(new URL(path, ROOT), draw(lines, theme));
  console.log(`Wrote ${path}`);
}

/** Splits a line where its colour changes. */
function parse(line: string): Span[] {
  let color = "";
  // deno-lint-ignore no-control-regex
  return line.split(/(\x1B\[\d+m)/).flatMap((part) => {
    // deno-lint-ignore no-control-regex
    const [, code] = /^\x1B\[(\d+)m$/.exec(part) ?? [];
    if (code !== undefined) color = code === "39" ? "" : code;
    return code !== undefined || part === "" ? [] : [{ color, text: part }];
  });
}

/** Breaks a line as the terminal does. */
function wrap(spans: readonly Span[]): Span[][] {
  const rows: Span[][] = [[]];
  let column = 0;
  for (const { color, text } of spans) {
    for (let rest = text; rest !== ""; rest = rest.slice(COLUMNS - column), column = 0) {
      const part = rest.slice(0, COLUMNS - column);
      rows.at(-1)!.push({ color, text: part });
      if (part.length === rest.length) {
        column += part.length;
        break;
      }
      rows.push([]);
    }
  }
  return rows;
}

/** The picture: text, so that it can be read aloud and searched. */
function draw(lines: readonly (readonly Span[])[], theme: Theme): string {
  const width = Math.ceil(COLUMNS * WIDTH + 2 * MARGIN);
  const height = lines.length * HEIGHT + 2 * MARGIN;
  const rows = lines.map((spans, row) => {
    let column = 0;
    return spans.map(({ color, text }) => {
      const x = (MARGIN + column * WIDTH).toFixed(1);
      const y = MARGIN + (row + 0.7) * HEIGHT;
      column += text.length;
      // The length holds the columns in place, whatever font there is.
      return `<text x="${x}" y="${y}" fill="${theme[color]}" ` +
        `textLength="${(text.length * WIDTH).toFixed(1)}" xml:space="preserve">${
          escape(text)
        }</text>\n`;
    }).join("");
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title">\n` +
    `<title id="title">The command eventsource follows a stream, loses the connection, and ` +
    `resumes after the last event</title>\n` +
    `<rect width="100%" height="100%" rx="8" fill="${theme["background"]}"/>\n` +
    `<g font-family="${FONT}" font-size="14">\n${rows.join("")}</g>\n</svg>\n`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
