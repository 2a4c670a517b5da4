/**
 * The permissions of Deno that options need besides `--allow-net`. Deno itself names one at a time,
 * when it is missed: here they are asked for at once, before any request.
 *
 * @module
 */

import type { Arguments } from "./arguments.ts";
import { UsageError } from "./usage.ts";

/** What is used of Deno. */
interface DenoGlobal {
  readonly permissions: {
    /** Asks the user, where there is a terminal to ask at. */
    request(descriptor: Descriptor): Promise<{ readonly state: string }>;
  };
}

interface Descriptor {
  readonly name: "read" | "write" | "env" | "sys";
  readonly path?: string;
}

/** What node:https of Deno needs: it reads the environment, and asks for the system's authorities. */
export const TLS_FLAGS = "-E -S";

/** An option, the flags of Deno that it takes, and what these are to permit. */
type Need = readonly [option: string, flags: string, ...permits: readonly Descriptor[]];

/**
 * Asks for what the options need.
 *
 * @throws {UsageError} If some of it is not permitted.
 */
export async function ask(args: Arguments): Promise<void> {
  const { Deno } = globalThis as { Deno?: DenoGlobal };
  if (Deno === undefined) return;
  const missing: Need[] = [];
  for (const need of needs(args)) {
    const [, , ...permits] = need;
    for (const permit of permits) {
      const { state } = await Deno.permissions.request(permit);
      if (state === "granted") continue;
      missing.push(need);
      break;
    }
  }
  if (missing.length === 0) return;
  const options = missing.map(([option]) => option).join(" and ");
  const flags = [...new Set(missing.flatMap(([, text]) => text.split(" ")))].join(" ");
  throw new UsageError(
    `${options} ${missing.length === 1 ? "takes" : "take"} what Deno does not permit: ` +
      `run it with ${flags} besides -N`,
  );
}

function needs({ caFile, data, idFile, insecure, proxy, url }: Arguments): Need[] {
  const result: Need[] = [];
  if (data?.startsWith("@") && data !== "@-") {
    result.push(["--data @FILE", "-R", { name: "read", path: data.slice(1) }]);
  }
  if (caFile !== undefined) result.push(["--cacert", "-R", { name: "read", path: caFile }]);
  if (idFile !== undefined) {
    const paths = [idFile, `${idFile}.new`];
    result.push([
      "--save-id",
      "-R -W",
      ...paths.map((path) => ({ name: "read", path }) as const),
      ...paths.map((path) => ({ name: "write", path }) as const),
    ]);
  }
  // On the socket of a SOCKS proxy, node:tls of Deno asks for nothing.
  const isSocks = proxy !== false && proxy.startsWith("socks");
  if (new URL(url).protocol === "https:" && !isSocks && (insecure || proxy === false)) {
    const option = insecure ? "--insecure" : "--proxy none";
    result.push([option, TLS_FLAGS, { name: "env" }, { name: "sys" }]);
  }
  return result;
}
