/**
 * A process that runs one parser: `main.ts PARSER`.
 *
 * @module
 */

import { args, serve } from "../child.ts";
import { type CreateParser, load, loadOurs } from "../packages.ts";
import { parserMeasure } from "./measure.ts";

interface Module {
  readonly createParser: CreateParser;
}

const [name = ""] = args;
const { createParser } = name === "eventsource-parser"
  ? await load<Module>(name)
  : await loadOurs<Module>("parser");

await serve(parserMeasure(createParser, name === "ours (bytes)"));
