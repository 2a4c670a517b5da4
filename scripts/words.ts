/**
 * Checks spelling, and looks for phrases that we avoid: `deno task words`.
 *
 * The spelling checker is cspell; the project's own words are in tools/words/project.txt. The
 * phrases are regular expressions in tools/words/phrases.json, looked for in documents and modules.
 *
 * @module
 */

import { readArguments } from "./arguments.ts";
import { ROOT } from "./npm/config.ts";

const TOOLS = new URL("tools/words/", ROOT);

/** Documents and modules. */
const FILES = /\.(md|ts|mts|js|mjs|cjs|html)$/;

/** A phrase to avoid, as a regular expression, and what to write. */
interface Phrase {
  readonly avoid: string;
  readonly write: string;
}

readArguments({
  command: "deno task words",
  about: "Checks spelling, and looks for phrases that we avoid. Exit code: 0 nothing was found.",
});

await command(TOOLS, "install", "--frozen", "--quiet");
const cspell = new URL("node_modules/cspell/bin.mjs", TOOLS).pathname;
const config = new URL("cspell.json", TOOLS).pathname;
const isSpelled = await command(
  ROOT,
  ...["run", "--allow-all", cspell, "lint", "--config", config, "--root", ROOT.pathname],
  ...["--dot", "--gitignore", "--no-progress", "--no-summary", "**"],
);
const found = await findPhrases();
for (const line of found) console.log(line);
Deno.exit(isSpelled && found.length === 0 ? 0 : 1);

/** Runs Deno; whether it succeeded. What it prints is seen. */
async function command(cwd: URL, ...args: readonly string[]): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), { args: [...args], cwd }).spawn()
    .status;
  return success;
}

/** The phrases that were found, each with its file and line. */
async function findPhrases(): Promise<string[]> {
  const phrases: Phrase[] = JSON.parse(
    await Deno.readTextFile(new URL("phrases.json", TOOLS)),
  );
  const rules = phrases.map(({ avoid, write }) => ({
    // A line of a comment may break it.
    pattern: new RegExp(`\\b(?:${avoid.replaceAll(" ", "(?: |\\s+(?:\\*|//)? ?)")})\\b`, "gi"),
    write,
  }));
  const lines: string[] = [];
  for (const path of await trackedFiles()) {
    const text = prose(path, await Deno.readTextFile(new URL(path, ROOT)));
    for (const { pattern, write } of rules) {
      for (const { 0: phrase, index } of text.matchAll(pattern)) {
        const line = text.slice(0, index).split("\n").length;
        lines.push(`${path}:${line}: "${phrase.replace(/\s+/g, " ")}": write ${write}`);
      }
    }
  }
  return lines;
}

async function trackedFiles(): Promise<string[]> {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const { stdout } = await new Deno.Command("git", { args, cwd: ROOT }).output();
  return new TextDecoder().decode(stdout).split("\0").filter((path) => FILES.test(path));
}

/** The text without the code of a document. Of a module all counts: comments, messages, names. */
function prose(path: string, text: string): string {
  return path.endsWith(".md")
    ? text.replace(/^```[^]*?^```$|`[^`\n]+`/gm, (code) => code.replace(/[^\n]/g, " "))
    : text;
}
