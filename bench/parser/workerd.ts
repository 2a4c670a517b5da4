/**
 * The same within workerd, whose clock stands still while a script runs: who asks measures the
 * time.
 *
 * @module
 */

import type { CreateParser } from "../packages.ts";
import { parserMeasure } from "./measure.ts";

/** Makes the Worker for one parser. */
export function parserWorker(createParser: CreateParser, asBytes: boolean): {
  fetch(request: Request): Promise<Response>;
} {
  const measure = parserMeasure(createParser, asBytes);
  return {
    async fetch(request): Promise<Response> {
      try {
        return Response.json(measure(await request.json()));
      } catch (error) {
        return Response.json({ error: String(error) });
      }
    },
  };
}
