/**
 * Builds the npm package into npm/, and its tarball: `deno task build:npm`.
 *
 * `deno pack` compiles it, which needs nothing else. What is released is compiled by dnt, from JSR:
 * the same modules and the same package.json, with maps.
 *
 * @module
 */

import { readArguments } from "./arguments.ts";
import { buildPolyfill } from "./build_polyfill.ts";
import { bundleModules } from "./npm/bundle.ts";
import { run } from "./npm/command.ts";
import { buildCommonJs } from "./npm/commonjs.ts";
import { BUILD, documents, PACKAGE, readConfig, ROOT, tarballPath } from "./npm/config.ts";
import { finishDeclarations } from "./npm/declarations.ts";
import { buildWithDenoPack } from "./npm/deno_pack.ts";
import { buildWithDnt, loadDnt } from "./npm/dnt.ts";
import { collectGraph } from "./npm/graph.ts";
import { createManifest, createRedirects, SCRIPT } from "./npm/manifest.ts";
import { packFolder } from "./npm/tarball.ts";
import { prepare, SOURCE } from "./prepare.ts";

/** What compiles the package. */
export type Builder = "deno pack" | "dnt";

/**
 * Builds the package; the path of its tarball.
 *
 * @throws {Error} If dnt is asked for and cannot be loaded, or something is missing.
 */
export async function buildNpm(builder: Builder = "deno pack"): Promise<string> {
  const config = readConfig();
  const { files, dependencies } = await collectGraph(config);
  const dnt = builder === "dnt" ? await loadDnt() : undefined;
  for (const folder of [PACKAGE, BUILD]) {
    await Deno.mkdir(folder, { recursive: true });
    for await (const { name } of Deno.readDir(folder)) {
      await Deno.remove(new URL(encodeURIComponent(name), folder), { recursive: true });
    }
  }
  if (dnt === undefined) await buildWithDenoPack(config, files);
  else await buildWithDnt(dnt, config, dependencies);
  await finishDeclarations(config);
  await bundleModules(config);
  await buildCommonJs(config);
  await buildPolyfill(config, new URL(SCRIPT, PACKAGE));
  await Deno.writeTextFile(
    new URL("package.json", PACKAGE),
    `${JSON.stringify(createManifest(config, dependencies), undefined, 2)}\n`,
  );
  for (const [name, redirect] of Object.entries(createRedirects(config))) {
    const folder = new URL(`${name}/`, PACKAGE);
    await Deno.mkdir(folder);
    await Deno.writeTextFile(
      new URL("package.json", folder),
      `${JSON.stringify(redirect, undefined, 2)}\n`,
    );
  }
  for (const path of documents(config)) {
    await run(["cp", "-R", new URL(path, ROOT).pathname, PACKAGE.pathname], ROOT);
  }
  const tarball = tarballPath(config);
  await packFolder(PACKAGE, tarball);
  return tarball;
}

if (import.meta.main) {
  const { values } = readArguments({
    command: "deno task build:npm",
    about: "Builds the npm package into npm/, and its tarball into build/npm/.",
    options: { dnt: { type: "boolean", help: "compile it with dnt, as releases are" } },
  });
  await prepare([SOURCE]);
  const builder = values.dnt === true ? "dnt" : "deno pack";
  console.log(`Built ${PACKAGE.pathname} with ${builder}, and ${await buildNpm(builder)}`);
}
