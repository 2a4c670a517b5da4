/**
 * What the tests of the example's feed have in common.
 *
 * @module
 */

import type { EventSourceMessage } from "@x/eventsource";
import { DATES, type Example, startExample, testWorkers, type Vars } from "./example.ts";
import { startUpstream, type Upstream, type UpstreamEvent } from "./upstream.ts";

/** Events by number, both ends included. */
export function numbered(from: number, to: number): UpstreamEvent[] {
  return range(from, to).map((number) => ({ data: `event ${number}` }));
}

/** The ids, as numbers. */
export function idsOf(list: readonly EventSourceMessage[]): number[] {
  return list.map(({ id }) => Number(id));
}

/** Numbers from one to another, both included. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** What a test of the feed works with. */
export interface Fixture {
  readonly upstream: Upstream;
  readonly worker: Example;
  /** The feed's. */
  readonly url: string;
}

/** Adds a test for each compatibility date, with a Worker of its own. */
export function testFeed(
  name: string,
  body: (fixture: Fixture) => Promise<void>,
  vars: Vars = {},
): void {
  testWorkers(`/feed ${name}`, async (compat) => {
    await using upstream = startUpstream();
    await using worker = await startExample(compat, { ...vars, UPSTREAM: upstream.url });
    await body({ upstream, worker, url: `${worker.url}/feed` });
  }, DATES);
}
