/**
 * Workers in workerd, as scripts and tests start them.
 *
 * @module
 */

import { run } from "./npm/command.ts";
import { ROOT } from "./npm/config.ts";
import { tie } from "./processes.ts";

/** What a Worker may be told to be compatible with. */
export interface Compatibility {
  readonly date: string;
  readonly nodeCompat: boolean;
}

/** The compatibility dates that are tested: the oldest that is supported, and a recent one. */
const OLDEST_WORKERS = "2024-11-11";
export const NEWEST_WORKERS = "2026-11-17";

/** All that is tested, by name. */
export const WORKERS: Readonly<Record<string, Compatibility>> = Object.fromEntries(
  [OLDEST_WORKERS, NEWEST_WORKERS].flatMap((date) =>
    [false, true].map((
      nodeCompat,
    ) => [`workerd-${date}${nodeCompat ? "-nodejs_compat" : ""}`, { date, nodeCompat }])
  ),
);

/** The members of a Worker in workerd's configuration that say with what it is compatible. */
export function compatibilityConfig(
  { date, nodeCompat }: Compatibility,
  ...flags: readonly string[]
): string {
  // On by default from 2026-08-04 on, which is when asking for it began to be refused as needless.
  const isDefault = date >= "2026-08-04";
  const node = nodeCompat === isDefault ? [] : [nodeCompat ? "nodejs_compat" : "no_nodejs_compat"];
  return `compatibilityDate = "${date}",
  compatibilityFlags = ${JSON.stringify([...node, ...flags])}`;
}

/** A Worker to start. */
export interface WorkerOptions {
  /** The path of workerd. */
  readonly workerd: string;
  /** The text of the module, bundled. */
  readonly module: string;
  readonly compatibility: Compatibility;
  readonly flags?: readonly string[];
  readonly v8Flags?: readonly string[];
  /** Values by name, as `vars` of wrangler.jsonc; `undefined` for those that are not set. */
  readonly vars: Readonly<Record<string, string | number | undefined>>;
  /** The names of the classes of Durable Objects, by the names of their bindings. */
  readonly objects?: Readonly<Record<string, string>>;
  /** Hosts with ports on the loopback interface, by the names of the bindings that reach them. */
  readonly services?: Readonly<Record<string, string>>;
  /** The port on the loopback interface. Default: one that is free. */
  readonly port?: number;
  /** The path of a socket at which it listens too: the system buffers less there than for a port. */
  readonly socket?: string | undefined;
  /** A folder for the configuration and for what Durable Objects store; it has to exist. */
  readonly folder: string;
}

/** A running Worker. */
export interface RunningWorker {
  readonly url: string;
  readonly port: number;
  /** The id of its process. */
  readonly pid: number;
  /** All that workerd has printed so far. */
  readonly output: string;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
}

/** Bundles a Worker that imports this package by its name: a file's, or that of a text. */
export async function bundleWorker(entry: URL | string): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    let path = `${folder}/entry.js`;
    if (typeof entry === "string") await Deno.writeTextFile(path, entry);
    else path = entry.pathname;
    const output = `${folder}/worker.mjs`;
    await run([
      ...[Deno.execPath(), "bundle", "--quiet", "--config", "deno.json", "--platform", "browser"],
      ...["--external", "cloudflare:workers", "-o", output, path],
    ], ROOT);
    return await Deno.readTextFile(output);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Starts a Worker, and waits until it listens. */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { workerd, folder, port = 0 } = options;
  await Deno.mkdir(`${folder}/storage`, { recursive: true });
  await Deno.writeTextFile(`${folder}/worker.mjs`, options.module);
  await Deno.writeTextFile(`${folder}/worker.capnp`, config(options, port));
  const process = new Deno.Command(workerd, {
    args: ["serve", "worker.capnp", "--control-fd=1"],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const finish = tie(process.pid);
  let output = "";
  const listening = Promise.withResolvers<number>();
  async function collect(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      output += text;
      const found = /^\{"event":"listen".*"port":(\d+)\}$/m.exec(output);
      if (found !== null) listening.resolve(Number(found[1]));
    }
  }
  const ended = Promise.all([collect(process.stdout), collect(process.stderr), process.status]);
  ended.then(finish);
  ended.then(() => listening.reject(new Error(`workerd has ended: ${output}`)));
  const actual = await listening.promise;
  return {
    url: `http://127.0.0.1:${actual}`,
    port: actual,
    pid: process.pid,
    get output(): string {
      return output;
    },
    async kill(): Promise<void> {
      try {
        process.kill("SIGKILL");
      } catch (error) {
        // Which it says when it has ended by itself.
        if (!(error instanceof TypeError)) throw error;
      }
      await ended;
    },
  };
}

function config(
  options: WorkerOptions,
  port: number,
): string {
  const { compatibility, flags = [], v8Flags = [], vars, objects = {}, services = {} } = options;
  const { socket, folder } = options;
  const values = Object.entries(vars).flatMap(([name, value]) =>
    value === undefined
      ? []
      : typeof value === "string"
      ? `(name = "${name}", text = ${JSON.stringify(value)})`
      : `(name = "${name}", json = "${value}")`
  );
  const namespaces = Object.entries(objects).map(([name, className]) =>
    `(name = "${name}", durableObjectNamespace = "${className}")`
  );
  const external = Object.entries(services);
  const fetchers = external.map(([name]) => `(name = "${name}", service = "${name}")`);
  const others = external.map(([name, host]) =>
    `(name = "${name}", external = (address = "${host}", http = ()))`
  );
  const classes = Object.values(objects).map((name) =>
    `(className = "${name}", uniqueKey = "${name}", enableSql = true)`
  );
  const addresses = [`127.0.0.1:${port}`, ...(socket === undefined ? [] : [`unix:${socket}`])];
  const sockets = addresses.map((address, index) =>
    `(name = "http-${index}", address = "${address}", http = (), service = "worker")`
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  v8Flags = ${JSON.stringify(v8Flags)},
  services = [
    (name = "worker", worker = .worker),
    (name = "internet", network = (allow = ["public", "private"])),
    (name = "disk", disk = (path = ${JSON.stringify(`${folder}/storage`)}, writable = true)),
    ${others.join(",\n    ")}
  ],
  sockets = [${sockets.join(", ")}]
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.mjs", esModule = embed "worker.mjs")],
  bindings = [${[...values, ...namespaces, ...fetchers].join(", ")}],
  durableObjectNamespaces = [${classes.join(", ")}],
  durableObjectStorage = (localDisk = "disk"),
  ${compatibilityConfig(compatibility, ...flags)}
);
`;
}
