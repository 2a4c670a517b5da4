/**
 * Runs the bundled tests as tests of node:test, on Node.js and Bun.
 *
 * @module
 */

import { test } from "node:test";
import type { RunnerGlobals } from "../harness.ts";
import { titleOf } from "../skipped.ts";

// The tests use it, and Node.js 20 lacks it.
Array.fromAsync ??= async <Item>(items: AsyncIterable<Item>): Promise<Item[]> => {
  const array: Item[] = [];
  for await (const item of items) array.push(item);
  return array;
};

(globalThis as RunnerGlobals).registerTest = (name, run, skip) => {
  const options = { skip: skip !== undefined, timeout: 150_000 };
  test(titleOf(name, skip), options, async () => await run());
};
