/**
 * Runs the suites of other packages with this one in the place of theirs, on Node.js:
 * `deno task test:peers CHECKOUT...`.
 *
 * The checkouts are the user's, with their dependencies installed: their tests are not part of this
 * repository. What fails by design stands in expected.ts; another failure fails the run, and so does
 * a test of that list that passes.
 *
 * @module
 */

import { readArguments, refuse } from "../arguments.ts";
import { buildNpm } from "../build_npm.ts";
import { run } from "../npm/command.ts";
import { installPackage } from "../npm/install.ts";
import { prepare, runtime, SOURCE } from "../prepare.ts";
import { node, runtimes } from "../runtimes.ts";
import { EXPECTED } from "./expected.ts";
import { type Result, type Suite, SUITES } from "./suites.ts";

/** How long a suite may take, in milliseconds. */
const LIMIT = 300_000;

const { all: checkouts, values } = readArguments({
  command: "deno task test:peers",
  argument: "CHECKOUT...",
  about:
    "Runs the suites of eventsource, eventsource-parser and undici, each in a folder with its " +
    "dependencies installed, with this package in the place of theirs.",
  options: {
    theirs: {
      type: "boolean",
      help: "with their own code, to compare; nothing is expected to fail",
    },
  },
});

const chosen = checkouts.map((checkout) => {
  const folder = new URL(`file://${Deno.realPathSync(checkout)}/`);
  return { folder, ...suiteOf(folder) };
});
await prepare([SOURCE, ...["bun", "node-24"].map(runtime)]);
const tarball = await buildNpm();
// Far from the repository: nothing may be found in a folder above.
const project = new URL(`file://${await Deno.realPath(await Deno.makeTempDir())}/`);
let failed = 0;
try {
  await installPackage(tarball, [runtimes.bun, "install", "--silent"], project);
  for (const { name, suite, version, folder } of chosen) {
    console.log(`${name}: version ${version}`);
    const results = await runSuite(suite, await copy(suite, folder));
    failed += report(name, suite, results);
  }
} finally {
  await Deno.remove(project, { recursive: true });
}
Deno.exit(failed === 0 ? 0 : 1);

/** Which suite a checkout has. */
function suiteOf(folder: URL): { name: string; version: string; suite: Suite } {
  let manifest: { name?: string; version?: string };
  try {
    manifest = JSON.parse(Deno.readTextFileSync(new URL("package.json", folder)));
    Deno.statSync(new URL("node_modules/", folder));
  } catch (error) {
    return refuse(`${folder.pathname} is no checkout with its dependencies installed: ${error}`);
  }
  const { name = "", version = "" } = manifest;
  const [major = ""] = version.split(".");
  const found = Object.entries(SUITES)
    .find(([, { of }]) => of[0] === name && of[1].includes(major));
  if (found === undefined) {
    const known = Object.values(SUITES).map(({ of: [name, majors] }) =>
      `${name} ${majors.join(" or ")}`
    );
    return refuse(`${folder.pathname} holds ${name} ${version}; known are ${known.join(", ")}`);
  }
  return { name: found[0], version, suite: found[1] };
}

/** Copies a checkout to where the package is installed, and puts the package in its place. */
async function copy({ files }: Suite, checkout: URL): Promise<URL> {
  const folder = new URL(`${crypto.randomUUID()}/`, project);
  await Deno.mkdir(folder);
  for (const { name } of Deno.readDirSync(checkout)) {
    if (name === ".git" || name === "node_modules") continue;
    await run(["cp", "-R", new URL(name, checkout).pathname, folder.pathname], folder);
  }
  await Deno.symlink(
    new URL("node_modules", checkout).pathname,
    new URL("node_modules", folder).pathname,
  );
  if (values.theirs === true) return folder;
  for (const [path, text] of Object.entries(files)) {
    await Deno.writeTextFile(new URL(path, folder), text);
  }
  return folder;
}

async function runSuite({ args, read }: Suite, folder: URL): Promise<Result[]> {
  const { stdout, stderr } = await new Deno.Command(node, {
    args: [...args(folder)],
    cwd: folder,
    env: { NO_COLOR: "1" },
    signal: AbortSignal.timeout(LIMIT),
  }).output();
  const output = new TextDecoder().decode(stdout);
  try {
    const results = read(output);
    if (results.length > 0) return results;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return [{
    name: "(the suite)",
    ok: false,
    message: `no results were printed: ${output}${new TextDecoder().decode(stderr)}`,
  }];
}

/** Prints the results; how many are not as expected. */
function report(suiteName: string, { leftOut = {} }: Suite, results: readonly Result[]): number {
  const expected = values.theirs === true ? {} : EXPECTED[suiteName] ?? {};
  const passed = results.filter(({ ok }) => ok);
  const failed = results.filter(({ ok }) => !ok);
  const surprises = failed.filter(({ name }) => !(name in expected));
  const byDesign = failed.filter(({ name }) => name in expected);
  const stale = Object.keys(expected).filter((name) =>
    passed.some((result) => result.name === name) && !failed.some((result) => result.name === name)
  );
  for (const { name } of byDesign) console.log(`  by design: ${name}: ${expected[name]}`);
  for (const [file, what] of Object.entries(leftOut)) console.log(`  not run: ${file}: ${what}`);
  for (const name of stale) console.log(`  PASSES, though expected to fail: ${name}`);
  for (const { name, message = "" } of surprises) {
    console.log(`  FAILED: ${name}\n${message.slice(0, 2000).replace(/^/gm, "    ")}`);
  }
  console.log(
    `${suiteName}: ${passed.length} of ${results.length} passed, ${byDesign.length} failed by ` +
      `design, ${surprises.length} failed otherwise`,
  );
  return surprises.length + stale.length;
}
