/**
 * Everything that a release needs besides the tests, without publishing:
 * `deno task release:check`.
 *
 * All checks are made; the exit code tells whether all passed. `deno task test` runs the tests.
 *
 * @module
 */

import { readArguments } from "./arguments.ts";
import { buildNpm } from "./build_npm.ts";
import { run } from "./npm/command.ts";
import { type Config, readConfig, ROOT } from "./npm/config.ts";
import { lintPackage } from "./npm/lint.ts";
import { prepare, runtime, SOURCE } from "./prepare.ts";

/** What JSR accepts. */
const SHORTEST_SCOPE = 2;

const { values: options } = readArguments({
  command: "deno task release:check",
  about: "Checks everything that a release needs besides the tests, without publishing.",
  options: {
    tag: { type: "string", value: "NAME", help: "compare the version with this tag too" },
  },
});
await prepare([SOURCE, runtime("node-24"), "tests/package"]);
const config = readConfig();
const deno = Deno.execPath();
let failed = false;

await check("deno task check", () => run([deno, "task", "check"], ROOT));
await check("deno publish --dry-run", () => run([deno, "publish", "--dry-run"], ROOT));
await check("the npm package, built with dnt", () => buildNpm("dnt"));
await check("publint and are-the-types-wrong", async () => {
  const findings = await lintPackage();
  if (findings.length > 0) throw new Error(JSON.stringify(findings, undefined, 2));
});
await check("the version in CHANGELOG.md", () => checkChangelog(config));
await check("the badges in README.md", checkBadges);
await check("the scope", () => checkScope(config));
if (options.tag !== undefined) {
  await check("the tag", () => {
    if (options.tag === `v${config.version}`) return;
    throw new Error(`The tag is ${options.tag}, and the version ${config.version}`);
  });
}
Deno.exit(failed ? 1 : 0);

async function check(what: string, does: () => unknown): Promise<void> {
  try {
    await does();
    console.log(`ok ${what}`);
  } catch (error) {
    failed = true;
    const reason = error instanceof Error ? error.message : String(error);
    console.log(`FAILED ${what}\n${reason.trimEnd().replaceAll(/^/gm, "  ")}`);
  }
}

async function checkChangelog({ version }: Config): Promise<void> {
  const text = await Deno.readTextFile(new URL("CHANGELOG.md", ROOT));
  const heading = text.split("\n").find((line) => line.startsWith("## ")) ?? "";
  const [, latest, date = ""] = /^## (\S+) - (.+)$/.exec(heading) ?? [];
  if (latest !== version) {
    throw new Error(`The first version in CHANGELOG.md is ${latest}, and in deno.json ${version}`);
  }
  if (!/^\d{4}-\d\d-\d\d$/.test(date)) {
    throw new Error(`CHANGELOG.md calls ${version} ${JSON.stringify(date)}: it needs its date`);
  }
}

/** What is not published has no badges: the first release adds them. */
async function checkBadges(): Promise<void> {
  const text = await Deno.readTextFile(new URL("README.md", ROOT));
  const missing = ["jsr.io/badges", "shields.io/npm"].filter((badge) => !text.includes(badge));
  if (missing.length === 0) return;
  throw new Error(`README.md lacks badges: add ${missing.join(" and ")} for the first release`);
}

function checkScope({ name }: Config): void {
  const [, scope = ""] = /^@([^/]+)\//.exec(name) ?? [];
  if (scope.length >= SHORTEST_SCOPE) return;
  throw new Error(
    `JSR wants scopes of ${SHORTEST_SCOPE} characters or more, and @${scope} stands in for the ` +
      "publisher's: put that into deno.json, the documentation and scripts/npm/manifest.ts",
  );
}
