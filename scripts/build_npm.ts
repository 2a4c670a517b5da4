/**
 * Builds the npm package into npm/, and its tarball: `deno task build:npm`.
 *
 * dnt compiles it; where JSR, and with it dnt, cannot be reached, `deno pack` does: the same
 * modules and the same package.json, without maps. A release needs dnt, and has it fail instead.
 *
 * @module
 */

import { readArguments } from "./arguments.ts";
import { buildPolyfill } from "./build_polyfill.ts";
import { run } from "./npm/command.ts";
import { buildCommonJs } from "./npm/commonjs.ts";
import { BUILD, documents, PACKAGE, readConfig, ROOT, tarballPath } from "./npm/config.ts";
import { finishDeclarations } from "./npm/declarations.ts";
import { buildWithDenoPack } from "./npm/deno_pack.ts";
import { buildWithDnt, loadDnt } from "./npm/dnt.ts";
import { collectGraph } from "./npm/graph.ts";
import { createManifest, createRedirects, SCRIPT } from "./npm/manifest.ts";
import { installRuntimes } from "./runtimes.ts";

/** What has been built. */
export interface Built {
  readonly builder: "dnt" | "deno pack";
  /** The path of the tarball. */
  readonly tarball: string;
}

/**
 * Builds the package.
 *
 * @throws {Error} If dnt is required and cannot be had, or something is missing.
 */
export async function buildNpm(
  { requireDnt = false }: { readonly requireDnt?: boolean } = {},
): Promise<Built> {
  const config = readConfig();
  const { files, dependencies } = await collectGraph(config);
  const dnt = await loadDnt();
  if (dnt === undefined && requireDnt) throw new Error("Cannot load dnt from JSR");
  for (const folder of [PACKAGE, BUILD]) {
    await Deno.mkdir(folder, { recursive: true });
    for await (const { name } of Deno.readDir(folder)) {
      await Deno.remove(new URL(encodeURIComponent(name), folder), { recursive: true });
    }
  }
  if (dnt === undefined) await buildWithDenoPack(config, files);
  else await buildWithDnt(dnt, config, dependencies);
  await finishDeclarations(config);
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
  const { bun } = await installRuntimes();
  const tarball = tarballPath(config);
  await run([bun, "pm", "pack", "--quiet", "--filename", tarball], PACKAGE);
  await Deno.stat(tarball);
  return { builder: dnt === undefined ? "deno pack" : "dnt", tarball };
}

if (import.meta.main) {
  const { values } = readArguments({
    command: "deno task build:npm",
    about: "Builds the npm package into npm/, and its tarball into build/npm/.",
    options: {
      "require-dnt": { type: "boolean", help: "fail where dnt cannot be had, as a release must" },
    },
  });
  const { builder, tarball } = await buildNpm({ requireDnt: values["require-dnt"] === true });
  console.log(`Built ${PACKAGE.pathname} with ${builder}, and ${tarball}`);
  if (builder !== "dnt") console.log("JSR cannot be reached: without dnt there are no maps.");
}
