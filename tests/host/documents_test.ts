/**
 * Links in documents lead somewhere, here and in the published packages.
 */

import { assert, assertEquals } from "@std/assert";
import GithubSlugger from "npm:github-slugger@^2.0.0";
import { marked, type Token } from "npm:marked@^18.2.1";
import { documents, readConfig, ROOT } from "../../scripts/npm/config.ts";
import { draw, THEMES } from "../../scripts/picture/states.ts";
import { test } from "../harness.ts";

/** What the packages leave out: their readers find it in the repository. */
const REPOSITORY_ONLY = /^(bench|examples|tests)\/|^CONTRIBUTING\.md$/;

/** Where documents are. */
const FOLDERS = ["", ".github/", "bench/", "docs/", "examples/", "examples/worker/"];

interface Document {
  readonly links: readonly string[];
  /** What a `#` can lead to. */
  readonly anchors: ReadonlySet<string>;
}

const read = new Map<string, Document>();
for (const folder of FOLDERS) {
  for (const { name } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (!name.endsWith(".md")) continue;
    read.set(folder + name, parse(Deno.readTextFileSync(new URL(folder + name, ROOT))));
  }
}

test("documents: each link leads to a file, and to a heading in it", async () => {
  const dead: string[] = [];
  for (const [path, { links }] of read) {
    for (const link of links) {
      const { target, anchor } = resolve(path, link);
      const exists = await Deno.stat(new URL(target, ROOT)).then(() => true, () => false);
      const document = read.get(target);
      if (!exists || (anchor !== "" && !document?.anchors.has(anchor))) {
        dead.push(`${path}: ${link}`);
      }
    }
  }
  assertEquals(dead, []);
});

test("documents: what a published one links to is published, or of the repository alone", () => {
  const published = documents(readConfig());
  const isPublished = (path: string): boolean =>
    published.some((entry) => path === entry || path.startsWith(`${entry}/`));
  const missing = [...read].filter(([path]) => isPublished(path)).flatMap(([path, { links }]) =>
    links.filter((link) => {
      const { target } = resolve(path, link);
      return !isPublished(target) && !REPOSITORY_ONLY.test(target);
    }).map((link) => `${path}: ${link}`)
  );
  assertEquals(missing, []);
});

test("documents: README.md links to each of docs/", () => {
  const linked = read.get("README.md")?.links.map((link) => resolve("README.md", link).target);
  const docs = [...read.keys()].filter((path) => path.startsWith("docs/"));
  assertEquals(docs.filter((path) => !linked?.includes(path)), []);
});

test("documents: the picture of states is what its script draws", async () => {
  for (const [name, theme] of Object.entries(THEMES)) {
    const file = new URL(`docs/images/states-${name}.svg`, ROOT);
    assertEquals(await Deno.readTextFile(file), draw(theme));
  }
});

test("documents: README.md has at most 1,500 words", async () => {
  const words = (await Deno.readTextFile(new URL("README.md", ROOT))).split(/\s+/).length;
  assert(words <= 1500, `${words} words`);
});

/** The headings of a document, and its links to other files or within itself. */
function parse(text: string): Document {
  const links: string[] = [];
  const anchors = new Set<string>();
  const slugger = new GithubSlugger();
  marked.walkTokens(marked.lexer(text), (token: Token) => {
    if (token.type === "heading") anchors.add(slugger.slug(plain(token.tokens ?? [])));
    if ((token.type === "link" || token.type === "image") && !URL.canParse(token.href)) {
      links.push(token.href);
    }
    if (token.type === "html") {
      for (const [, file = ""] of token.raw.matchAll(/\b(?:src|srcset)="([^"]+)"/g)) {
        links.push(file);
      }
    }
  });
  return { links, anchors };
}

/** What a heading reads, without its markup. */
function plain(tokens: readonly Token[]): string {
  return tokens.map((token) =>
    "tokens" in token && token.tokens !== undefined
      ? plain(token.tokens)
      : "text" in token
      ? token.text
      : token.raw
  ).join("");
}

/** The path in the repository that a link in a document leads to, and the heading in it. */
function resolve(path: string, link: string): { target: string; anchor: string } {
  const { pathname, hash } = new URL(link, new URL(path, "file:///"));
  return { target: pathname.slice(1), anchor: hash.slice(1) };
}
