/**
 * Draws docs/images/states-light.svg and states-dark.svg: the states of a source, what leads from
 * one to another, and its waits. Run it after a change: `deno task pictures`.
 *
 * @module
 */

/** The colours of a picture. */
interface Theme {
  readonly ground: string;
  readonly panel: string;
  readonly line: string;
  readonly text: string;
  readonly quiet: string;
  readonly open: string;
  readonly connecting: string;
  readonly closed: string;
}

/** By name: those of examples/browser/page.css. */
export const THEMES: Readonly<Record<string, Theme>> = {
  light: {
    ground: "#ffffff",
    panel: "#f4f5f7",
    line: "#8c959f",
    text: "#1b1f24",
    quiet: "#57606a",
    open: "#116329",
    connecting: "#8a4b00",
    closed: "#b3261e",
  },
  dark: {
    ground: "#0d1117",
    panel: "#181d24",
    line: "#6e7681",
    text: "#e8ebef",
    quiet: "#a2abb6",
    open: "#67d58b",
    connecting: "#f2b35d",
    closed: "#ff938a",
  },
};

/** The default waits, in seconds: 3, doubled each time, at most 30. */
const WAITS = [1, 2, 3, 4, 5, 6].map((attempt) => Math.min(3 * 2 ** (attempt - 1), 30));
const JITTER = 0.5;

const WIDTH = 760;
const HEIGHT = 440;
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const PIXELS_PER_SECOND = 11;

/** Draws the picture in a theme. */
export function draw(theme: Theme): string {
  const parts = [
    box(theme, 20, 60, 200, "CONNECTING", "the request is sent", theme.connecting),
    box(theme, 300, 60, 180, "OPEN", "events arrive", theme.open),
    box(theme, 560, 60, 180, "CLOSED", "nothing follows", theme.closed),
    box(theme, 20, 190, 200, "CONNECTING", "waits for delay ms", theme.connecting),
    arrow(theme, "M120 22 V58"),
    label(theme, 130, 36, "new EventSource()"),
    arrow(theme, "M222 95 H298"),
    label(theme, 260, 84, "open", "middle"),
    arrow(theme, "M482 95 H558"),
    label(theme, 520, 84, "final error", "middle"),
    arrow(theme, "M390 132 V225 H222"),
    label(theme, 400, 206, "error: the connection ended,"),
    label(theme, 400, 224, '"closed", "network" or "idle"'),
    arrow(theme, "M90 188 V132"),
    label(theme, 80, 164, "again", "end"),
    arrow(theme, "M150 132 V188"),
    label(theme, 160, 164, "error: no connection"),
    label(theme, 650, 156, "from every state by close(),", "middle"),
    label(theme, 650, 174, "the signal, a final error", "middle"),
    label(theme, 650, 192, "or maxRetries", "middle"),
    ...waits(theme, 290),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" \
width="${WIDTH}" height="${HEIGHT}" role="img" font-family='${FONT}' font-size="13">
<title>The states and waits of a source</title>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" \
orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="${theme.line}"/></marker></defs>
<rect width="${WIDTH}" height="${HEIGHT}" rx="12" fill="${theme.ground}"/>
${parts.join("\n")}
</svg>
`;
}

/** A bar for each wait, with the part that chance may add. */
function waits(theme: Theme, top: number): string[] {
  const bars = WAITS.flatMap((seconds, index) => {
    const y = top + 18 + index * 19;
    const length = seconds * PIXELS_PER_SECOND;
    const longest = seconds * (1 + JITTER);
    const total = longest * PIXELS_PER_SECOND;
    return [
      label(theme, 128, y + 11, `wait ${index + 1}`, "end"),
      `<rect x="140" y="${y}" width="${total}" height="13" rx="3" fill="${theme.connecting}" \
fill-opacity="0.35"/>`,
      `<rect x="140" y="${y}" width="${length}" height="13" rx="3" fill="${theme.connecting}"/>`,
      label(theme, 148 + total, y + 11, `${seconds} to ${longest} s`),
    ];
  });
  return [
    text(20, top, "Consecutive waits, by default", `fill="${theme.text}" font-weight="600"`),
    text(740, top, "pale: jitter", `fill="${theme.quiet}" text-anchor="end"`),
    ...bars,
  ];
}

function box(
  theme: Theme,
  x: number,
  y: number,
  width: number,
  name: string,
  note: string,
  colour: string,
): string {
  const middle = x + width / 2;
  return [
    `<rect x="${x}" y="${y}" width="${width}" height="70" rx="10" fill="${theme.panel}" \
stroke="${colour}" stroke-width="2"/>`,
    text(
      middle,
      y + 31,
      name,
      `fill="${colour}" font-size="15" font-weight="700" text-anchor="middle"`,
    ),
    text(middle, y + 52, note, `fill="${theme.text}" text-anchor="middle"`),
  ].join("\n");
}

function arrow(theme: Theme, path: string): string {
  return `<path d="${path}" fill="none" stroke="${theme.line}" stroke-width="1.6" \
marker-end="url(#head)"/>`;
}

function label(theme: Theme, x: number, y: number, words: string, anchor = "start"): string {
  return text(x, y, words, `fill="${theme.quiet}" text-anchor="${anchor}"`);
}

function text(x: number, y: number, words: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${attributes}>${words.replaceAll('"', "&quot;")}</text>`;
}

if (import.meta.main) {
  for (const [name, theme] of Object.entries(THEMES)) {
    const file = new URL(`../../docs/images/states-${name}.svg`, import.meta.url);
    await Deno.writeTextFile(file, draw(theme));
  }
}
