// Has publint and are-the-types-wrong judge a package: node lint.mjs <folder> <tarball>. Prints
// what they find as JSON.

import {
  checkPackage,
  createPackageFromTarballData,
} from "@arethetypeswrong/core";
import { readFile } from "node:fs/promises";
import { publint } from "publint";

const [folder, tarball] = process.argv.slice(2);
const { messages } = await publint({
  pkgDir: folder,
  level: "suggestion",
  strict: true,
  pack: false,
});
const { types, problems } = await checkPackage(
  createPackageFromTarballData(new Uint8Array(await readFile(tarball))),
);
console.log(JSON.stringify({ publint: messages, types, problems }));
