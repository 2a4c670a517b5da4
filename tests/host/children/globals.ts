/**
 * What the runtimes call differently.
 *
 * @module
 */

import process from "node:process";

/** As much of Deno's global scope as is used here; the others know no such events. */
interface DenoScope {
  readonly Deno?: unknown;
  addEventListener(type: string, listener: (event: ReportEvent) => void): void;
}

interface ReportEvent extends Event {
  /** What was thrown, on an "error" event. */
  readonly error?: unknown;
  /** What a promise was rejected with, on an "unhandledrejection" event. */
  readonly reason?: unknown;
}

/** Calls `report` for each of a kind that the runtime sees, which then does not end the process. */
export function caught(
  kind: "uncaught exception" | "unhandled rejection",
  report: (thrown: unknown) => void,
): void {
  const isException = kind === "uncaught exception";
  const scope = globalThis as unknown as DenoScope;
  if (scope.Deno !== undefined) {
    scope.addEventListener(isException ? "error" : "unhandledrejection", (event) => {
      event.preventDefault();
      report(isException ? event.error : event.reason);
    });
  } else if (isException) {
    process.on("uncaughtException", report);
  } else {
    process.on("unhandledRejection", report);
  }
}
