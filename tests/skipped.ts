/**
 * Why a test is skipped stands in its name: not every test runner reports a reason.
 *
 * @module
 */

/** The name of a test for its runner. */
export function titleOf(name: string, skip: string | undefined): string {
  return skip === undefined ? name : `${name} (skipped: ${skip})`;
}

/** The name of a skipped test, and why it was skipped. */
export function readSkipped(title: string): { readonly name: string; readonly reason: string } {
  const [, name = title, reason = "no reason given"] = /^(.*?) \(skipped: (.*)\)$/s.exec(title) ??
    [];
  return { name, reason };
}
