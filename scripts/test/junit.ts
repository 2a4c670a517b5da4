/**
 * What the test runners of Deno, Node.js and Bun report: JUnit XML.
 *
 * @module
 */

import { XMLParser } from "npm:fast-xml-parser@^5.12.1";
import type { TestResult } from "../../tests/runners/collector.ts";
import { readSkipped } from "../../tests/skipped.ts";

/** An element that says why a test failed, or a text if it has no attributes. */
type Reason = string | { readonly "@message"?: string; readonly text?: string };

interface TestCase {
  readonly "@name": string;
  readonly failure?: Reason;
  readonly error?: Reason;
  readonly skipped?: unknown;
}

interface Suite {
  readonly testcase?: readonly TestCase[];
  readonly testsuite?: readonly Suite[];
}

/** More characters than any report has entities: the limits are against hostile files. */
const UNLIMITED = 1e9;

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  textNodeName: "text",
  isArray: (name) => name === "testcase" || name === "testsuite",
  parseTagValue: false,
  trimValues: false,
  // For &#10; and the like.
  htmlEntities: true,
  processEntities: {
    enabled: true,
    maxTotalExpansions: UNLIMITED,
    maxExpandedLength: UNLIMITED,
  },
});

/** What a report says. */
export interface Report {
  readonly results: readonly TestResult[];
  /** Whether it is there to its end. Runners that find no test may write none. */
  readonly isWhole: boolean;
}

/** Reads a report. */
export async function readReport(file: URL): Promise<Report> {
  const xml = await Deno.readTextFile(file).catch(() => "");
  const { testsuites = {} }: { testsuites?: Suite } = parser.parse(xml);
  return {
    results: resultsOf(testsuites),
    isWhole: /(^|<\/testsuites>|\/>)\s*$/.test(xml),
  };
}

function resultsOf({ testcase = [], testsuite = [] }: Suite): TestResult[] {
  return [...testcase.map(resultOf), ...testsuite.flatMap(resultsOf)];
}

function resultOf({ "@name": name, failure, error, skipped }: TestCase): TestResult {
  if (skipped !== undefined) {
    const { name: ownName, reason } = readSkipped(name);
    return { name: ownName, outcome: "skipped", detail: reason };
  }
  const reason = failure ?? error;
  return reason === undefined
    ? { name, outcome: "passed" }
    : { name, outcome: "failed", detail: detailOf(reason) };
}

/** The text has the stack; without a text there is the message. */
function detailOf(reason: Reason): string {
  if (typeof reason === "string") return reason;
  return reason.text?.trim() || reason["@message"] || "no message";
}
