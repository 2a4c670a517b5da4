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
    /** Asks nobody. */
    query(descriptor: Descriptor): Promise<{ readonly state: string }>;
  };
}

interface Descriptor {
  readonly name: "read" | "write" | "env" | "sys";
  readonly path?: string;
}

/** What node:https of Deno needs, to read the environment and ask for the system's authorities. */
export const TLS_FLAGS = "-E -S";

/** The flag of each permission. */
const FLAGS = { read: "-R", write: "-W", env: "-E", sys: "-S" } as const;

/** An option, and what it needs. */
type Need = readonly [option: string, ...permits: readonly Descriptor[]];

/**
 * Asks for what the options need.
 *
 * @throws {UsageError} If some of it is not permitted.
 */
export async function requestPermissions(args: Arguments): Promise<void> {
  const { Deno } = globalThis as { Deno?: DenoGlobal };
  if (Deno === undefined) return;
  const missing = new Set<Descriptor>();
  const lacking: Need[] = [];
  for (const need of needs(args)) {
    const [, ...permits] = need;
    const known = missing.size;
    for (const permit of permits) {
      // Whoever has said no once is not asked for the rest.
      const { state } = await Deno.permissions[missing.size === 0 ? "request" : "query"](permit);
      if (state !== "granted") missing.add(permit);
    }
    if (missing.size > known) lacking.push(need);
  }
  if (missing.size === 0) return;
  const permits = lacking.flatMap(([, ...needed]) => needed);
  const paths = [...missing].filter(({ path }) => path !== undefined);
  // Whoever permits some paths of a kind wants to permit no more than is needed.
  const isNarrow = permits.some((permit) =>
    !missing.has(permit) && paths.some(({ name }) => name === permit.name)
  );
  const what = paths.map(({ name, path }) => `${name} ${path}`).join(", ");
  throw new UsageError(
    `${lacking.map(([option]) => option).join(" and ")} ` +
      `${lacking.length === 1 ? "takes" : "take"} what Deno does not permit` +
      `${isNarrow ? ` (${what})` : ""}: run it with ${flags(permits, isNarrow)} besides -N`,
  );
}

/** The flags for all that is needed; with paths, or without. */
function flags(permits: readonly Descriptor[], withPaths: boolean): string {
  return [...new Set(permits.map(({ name }) => name))].map((name) => {
    const paths = permits.flatMap((permit) => permit.name === name ? permit.path ?? [] : []);
    return FLAGS[name] + (withPaths && paths.length > 0 ? `=${paths}` : "");
  }).join(" ");
}

function needs({ caFile, data, idFile, insecure, proxy, url }: Arguments): Need[] {
  const result: Need[] = [];
  if (data?.startsWith("@") && data !== "@-") {
    result.push(["--data @FILE", { name: "read", path: data.slice(1) }]);
  }
  if (caFile !== undefined) result.push(["--cacert", { name: "read", path: caFile }]);
  if (idFile !== undefined) {
    const paths = [idFile, `${idFile}.new`];
    result.push([
      "--save-id",
      ...paths.map((path) => ({ name: "read", path }) as const),
      ...paths.map((path) => ({ name: "write", path }) as const),
    ]);
  }
  // On the socket of a SOCKS proxy, node:tls of Deno asks for nothing.
  const isSocks = proxy !== false && proxy.startsWith("socks");
  if (new URL(url).protocol === "https:" && !isSocks && (insecure || proxy === false)) {
    const option = insecure ? "--insecure" : "--proxy none";
    result.push([option, { name: "env" }, { name: "sys" }]);
  }
  return result;
}
