/**
 * What the runner of the tests makes of processes and of reports.
 */

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ROOT } from "../../scripts/npm/config.ts";
import { execute } from "../../scripts/processes.ts";
import { explain } from "../../scripts/test/failure.ts";
import { readReport } from "../../scripts/test/junit.ts";
import { failures, skips } from "../../scripts/test/report.ts";
import { complete, WHOLE_RUN } from "../../scripts/test/run.ts";
import { runCommand } from "../command.ts";
import { test, until } from "../harness.ts";

/** Prints the id of a process that it has started, and waits for it. */
const PARENT = `
const child = new Deno.Command("sleep", { args: ["60"] }).spawn();
console.log(child.pid);
await child.status;
`;

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

const skipElsewhere = Deno.build.os === "linux" ? {} : { skip: { host: "there is no /proc" } };

test("runner: a process that is ended takes along those that it has started", async () => {
  const command = [Deno.execPath(), "eval", PARENT];
  const { output, isLate } = await execute(command, { cwd: ROOT, patience: 3_000 });
  assert(isLate);
  await until("the child has ended", () => !isRunning(Number(output)));
}, skipElsewhere);

test("runner: a process that is told to end takes along those that it has started", async () => {
  const started = `
    const { start } = await import("${new URL("scripts/processes.ts", ROOT)}");
    const child = start(["sleep", "60"], { cwd: new URL("file:///") });
    console.log(child.pid);
  `;
  const runner = new Deno.Command(Deno.execPath(), { args: ["eval", started], stdout: "piped" })
    .spawn();
  const { value } = await runner.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
  assert(isRunning(Number(value)));
  runner.kill("SIGTERM");
  assertEquals((await runner.status).code, 143);
  await until("the child has ended", () => !isRunning(Number(value)));
}, skipElsewhere);

/** Starts a process that goes on after SIGTERM, in a group of its own; prints its id. */
const STUBBORN = `
const { start } = await import("${new URL("scripts/processes.ts", ROOT)}");
const script = 'trap "" TERM; sleep 60 & echo $!; COMMAND';
const child = start(["sh", "-c", script], { cwd: new URL("file:///") });
child.stdout.on("data", (text) => console.log(String(text).trim()));
setTimeout(() => {}, 60_000);
`;

test("runner: a process that is killed takes along those that it has started", async () => {
  const id = await startStubborn("wait");
  assert(isRunning(id.child));
  id.parent.kill("SIGKILL");
  await id.parent.status;
  await until("the child has ended", () => !isRunning(id.child));
}, skipElsewhere);

test("runner: a process that ends by itself takes along those that it has started", async () => {
  const id = await startStubborn("exit");
  await until("the child has ended", () => !isRunning(id.child));
  id.parent.kill("SIGKILL");
  await id.parent.status;
}, skipElsewhere);

async function startStubborn(
  command: string,
): Promise<{ readonly parent: Deno.ChildProcess; readonly child: number }> {
  const parent = new Deno.Command(Deno.execPath(), {
    args: ["eval", STUBBORN.replace("COMMAND", command)],
    stdout: "piped",
  }).spawn();
  const { value } = await parent.stdout.pipeThrough(new TextDecoderStream()).getReader().read();
  return { parent, child: Number(value) };
}

test("runner: a time limit says what was waited for", async () => {
  const command = [
    Deno.execPath(),
    "eval",
    "console.log('at work'); setTimeout(() => {}, 60_000);",
  ];
  const { message } = await assertRejects(() => runCommand(command, ROOT, 3_000), Error);
  assertMatch(message, /^Waited in vain for 3 s until this ended: .* eval .*\nIt had printed:\nat/);
});

test("runner: a report of JUnit is read", async () => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(
    file,
    `<testsuites><testsuite>
      <testcase name="a &lt;b&gt;"/>
      <testcase name="c" failure="x"><failure message="y">line 1&#10;line 2</failure></testcase>
      <testcase name="d"><error message="cut"/></testcase>
      <testcase name="e (skipped: it has no (real) clock)"><skipped/></testcase>
    </testsuite></testsuites>`,
  );
  const { results, isWhole } = await readReport(new URL(`file://${file}`));
  await Deno.remove(file);
  assert(isWhole);
  assertEquals(results, [
    { name: "a <b>", outcome: "passed" },
    { name: "c", outcome: "failed", detail: "line 1\nline 2" },
    { name: "d", outcome: "failed", detail: "cut" },
    { name: "e", outcome: "skipped", detail: "it has no (real) clock" },
  ]);
});

test("runner: an assertion is explained in words", () => {
  const frames = `
    at assertEquals (file:///cache/deno-std/assert/equals.js:60:9)
    at ${ROOT}tests/a_test.ts:3:36
    at innerWrapped (ext:cli/40_test.js:300:11)`;
  const oneLine = "Error: not equal.\n\n    [Diff] Actual / Expected\n\n\n-   143\n+   0\n\n";
  assertEquals(
    explain(oneLine + frames),
    "Error: not equal.\nactual:   143\nexpected: 0\n  at tests/a_test.ts:3:36",
  );
  const several =
    "Error: not equal.\n\n    [Diff] Actual / Expected\n\n    [\n-     1,\n+     2,\n    ]";
  assertMatch(
    explain(several),
    /\nLines with - are actual, lines with \+ were expected:\n {4}\[\n-/,
  );
  const wrapped = "[Error [ERR_TEST_FAILURE]: m] {\n  code: 'E',\n  cause: TypeError: m\n  n\n}";
  assertEquals(explain(wrapped), "TypeError: m\nn");
});

test("runner: a run that breaks off has failed, and shows what it printed last", () => {
  const outcome = { code: 1, output: "", errors: "no such module", isLate: false };
  const [result] = complete([], outcome, "");
  assertEquals([result?.name, result?.outcome], [WHOLE_RUN, "failed"]);
  assertMatch(result?.detail ?? "", /exit code 1.*\nno such module$/);
  const passed = { name: "a", outcome: "passed" } as const;
  assertEquals(complete([passed], { ...outcome, code: 0 }, ""), [passed]);
  const late = complete([passed], { ...outcome, isLate: true }, "").at(-1);
  assertMatch(late?.detail ?? "", /^It has not ended within \d+ s; its last result .* "a"/);
  // An empty run has failed, unless a filter left nothing.
  assertEquals(complete([], { ...outcome, code: 0 }, "").length, 1);
  assertEquals(complete([], { ...outcome, code: 0 }, "x"), []);
});

test("runner: a failure names its runtime, and the command that runs it alone", () => {
  const results = [
    { name: "it's a test", outcome: "failed", detail: "Error: m" },
    { name: "b", outcome: "skipped", detail: "no clock" },
    { name: "c", outcome: "skipped", detail: "no clock" },
  ] as const;
  const reports = [{ name: "bun", results }];
  const quoted = `'it'\\''s a test'`;
  assertEquals(failures(reports).join("\n").trim().split("\n"), [
    "FAILED on bun: it's a test",
    "  Error: m",
    `  Alone: deno task test --runtime bun --filter ${quoted}`,
  ]);
  assertEquals(skips(reports, false)[0], "skipped on bun: 2: no clock");
  assertEquals(skips(reports, true), [
    "skipped on bun: b: no clock",
    "skipped on bun: c: no clock",
  ]);
});
