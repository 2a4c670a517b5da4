/**
 * The suites of other packages: how each is told to use this package, how it is run, and how its
 * results are read.
 *
 * @module
 */

/** What became of one test. */
export interface Result {
  readonly name: string;
  readonly ok: boolean;
  /** Why it failed. */
  readonly message?: string;
}

/** A suite, of one package and major version. */
export interface Suite {
  /** The name and major version in the checkout's package.json. */
  readonly of: readonly [name: string, major: readonly string[]];
  /** The files to put in the place of theirs, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** What Node.js is told; in the folder of the suite. */
  readonly args: (folder: URL) => readonly string[];
  /** Reads what it has printed. */
  readonly read: (output: string) => Result[];
  /** The test files that are left out, with the reason. */
  readonly leftOut?: Readonly<Record<string, string>>;
}

/** Prints the results of `node --test`, a line of JSON each. */
const REPORTER = new URL("reporter.mjs", import.meta.url).pathname;

const NAME = "@x/eventsource";

/**
 * eventsource 2.x as it is required: the class. Its tests leave sources open when they fail, and
 * these would disturb the tests after them.
 */
const CLASS = `const { EventSource } = require("${NAME}");
const sources = [];
module.exports = new Proxy(EventSource, {
  construct(target, args) {
    const source = Reflect.construct(target, args);
    sources.push(source);
    return source;
  },
});
require("mocha").afterEach(() => sources.splice(0).forEach((source) => source.close()));
`;

const UNDICI = "lib/web/eventsource/eventsource.js";

/** All suites, by the name they have in what is printed and in expected.ts. */
export const SUITES: Readonly<Record<string, Suite>> = {
  "eventsource": {
    of: ["eventsource", ["4", "5"]],
    files: { "src/index.ts": `export * from "${NAME}";\n` },
    args: (folder) => [...loader(folder), "test/node/client.node.test.ts"],
    read: readMarked,
  },
  "eventsource 2": {
    of: ["eventsource", ["2"]],
    files: {
      "lib/eventsource.js": CLASS,
      "lib/eventsource-polyfill.js": `require("${NAME}/polyfill");\n`,
    },
    args: () => ["node_modules/mocha/bin/_mocha", "--reporter", "json"],
    read: readMocha,
  },
  "eventsource-parser": {
    of: ["eventsource-parser", ["4"]],
    files: {
      "src/index.ts": `export * from "${NAME}";\n`,
      "src/parse.ts": `export { createParser } from "${NAME}";\n`,
      "src/errors.ts": `export { ParseError } from "${NAME}";\n`,
      "src/stream.ts": `export * from "${NAME}/stream";\n`,
      "src/types.ts": "export {};\n",
    },
    args: () => ["node_modules/vitest/vitest.mjs", "run", "--reporter=json"],
    read: readVitest,
  },
  "undici": {
    of: ["undici", ["7", "8"]],
    files: {
      [UNDICI]: `const { EventSource } = require("${NAME}");
module.exports = { EventSource, defaultReconnectionTime: 3000 };\n`,
    },
    args: (folder) => [
      "--test",
      "--test-force-exit",
      "--test-timeout=20000",
      `--test-reporter=${REPORTER}`,
      ...[...Deno.readDirSync(new URL("test/eventsource/", folder))].map(({ name }) => name)
        .filter((name) => name.endsWith(".js") && !(name in UNDICI_LEFT_OUT))
        .sort().map((name) => `test/eventsource/${name}`),
    ],
    read: (output) => output.split("\n").filter((line) => line.startsWith("{")).map(parse<Result>),
    get leftOut() {
      return UNDICI_LEFT_OUT;
    },
  },
};

/** Tests of what undici's own class is made of, which is not in use here. */
const UNDICI_LEFT_OUT: Readonly<Record<string, string>> = {
  "eventsource-dispatcher-options.js": "the options of undici's dispatchers",
  "eventsource-stream.js": "undici's own parser",
  "eventsource-stream-bom.js": "undici's own parser",
  "eventsource-stream-parse-line.js": "undici's own parser",
  "eventsource-stream-process-event.js": "undici's own parser",
  "util.js": "functions inside of undici",
};

/** What loads TypeScript, where Node.js by itself would not do: 4.x imports `.ts` files as `.js`. */
function loader(folder: URL): string[] {
  try {
    Deno.statSync(new URL("node_modules/tsx/", folder));
    return ["--import", "tsx"];
  } catch {
    return [];
  }
}

function parse<Type>(text: string): Type {
  return JSON.parse(text);
}

/** Lines with a mark, a name and a time; the reason for a failure is indented below it. */
function readMarked(output: string): Result[] {
  return output.split(/^(?=[✅❌] )/mu).flatMap((part) => {
    const [, mark, name = "", message = ""] =
      /^([✅❌]) (.*) \(\d+ms\)\n([^]*)/u.exec(`${part}\n`) ?? [];
    return mark === undefined ? [] : [{ name, ok: mark === "✅", message: message.trim() }];
  });
}

function readMocha(output: string): Result[] {
  const { tests } = parse<{
    tests: { fullTitle: string; err: { message?: string } }[];
  }>(output.slice(output.indexOf("{\n")));
  return tests.map(({ fullTitle, err }) => ({
    name: fullTitle,
    ok: Object.keys(err).length === 0,
    message: err.message ?? "",
  }));
}

function readVitest(output: string): Result[] {
  const { testResults } = parse<{
    testResults: {
      assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
    }[];
  }>(output.slice(output.indexOf('{"')));
  return testResults.flatMap(({ assertionResults }) => assertionResults).map((
    { fullName, status, failureMessages },
  ) => ({ name: fullName, ok: status === "passed", message: failureMessages.join("\n") }));
}
