/**
 * One row of the table: readers at machines, for a time, with one machine killed in the middle.
 *
 * @module
 */

import { bundleWorker, NEWEST_WORKERS, type RunningWorker, startWorker } from "../../workerd.ts";
import { CONTROL_MACHINE, LOG_MACHINE, RELAY_MACHINE } from "./machines.ts";
import type { ReadersOptions, Seen } from "./readers.ts";
import { startUpstream } from "./upstream.ts";

/** What is measured. */
export interface Load {
  readonly readers: number;
  /** Events per second. */
  readonly rate: number;
  readonly relays: number;
  readonly seconds: number;
  /** Which machine is killed. */
  readonly kill: "none" | "relay" | "log";
  /** Streams without the feed's code, in the feed's place. */
  readonly isControl: boolean;
}

/** What was measured. */
export interface LoadResult {
  readonly seen: Seen;
  /** Connections that broke, and were not the killed machine's. */
  readonly broken: number;
  /** How long after the last event all readers had it, in seconds; `undefined` for too long. */
  readonly caughtUp: number | undefined;
  /** How many events the slowest reader still waits for then. */
  readonly behind: number;
  /** Microseconds of the processor that the relays took for each event that arrived. */
  readonly cost: number;
  /** What the feed's machines have said of readers that they cut off. */
  readonly cuts: readonly string[];
  /** Cores, on average: of each relay, of the log, of the readers. */
  readonly cores: { readonly relay: number; readonly log: number; readonly readers: number };
  /** The most memory that a relay's machine took, in MB. */
  readonly memory: number;
}

/** What stands in each event besides the time, in bytes. */
const DATA = "x".repeat(150);

/** How long readers may take to connect, and to have the last event, in milliseconds. */
const PATIENCE = 60_000;

/** How many readers a relay takes more than its share: others come while one restarts. */
const SPARE = 2;

const modules = new Map<string, Promise<string>>();

/** What ends all that has been started. */
const ends = new Set<() => Promise<unknown>>();

/** Ends what a measurement has started: for a program that is told to end in the middle. */
export async function stopLoad(): Promise<void> {
  await Promise.all([...ends].map((end) => end()));
}

/** Bundles a machine's Worker, once. */
function bundle(machine: string): Promise<string> {
  let text = modules.get(machine);
  if (text === undefined) modules.set(machine, text = bundleWorker(machine));
  return text;
}

/** Measures one load. */
export async function measureLoad(workerd: string, load: Load): Promise<LoadResult> {
  const { readers: count, rate, relays: relayCount, seconds, kill, isControl } = load;
  await using cleanUp = new AsyncDisposableStack();
  const ending = (): Promise<void> => cleanUp.disposeAsync();
  ends.add(ending);
  cleanUp.defer(() => void ends.delete(ending));
  const folder = await Deno.makeTempDir();
  cleanUp.defer(() => Deno.remove(folder, { recursive: true }));
  const upstream = startUpstream();
  cleanUp.defer(() => upstream.close());

  const machines: RunningWorker[] = [];
  const vars = {
    UPSTREAM: upstream.url,
    KEPT: 100_000,
    RELAYS: 1,
    READERS: Math.ceil(count / relayCount * SPARE),
    HEARTBEAT: 15_000,
    LINGER: 60_000,
    ORIGINS: "",
  };
  const compatibility = { date: NEWEST_WORKERS, nodeCompat: false };
  const start = async (
    worker: string,
    objects: Record<string, string>,
    place: string,
    log?: RunningWorker,
    port = 0,
  ): Promise<RunningWorker> => {
    await Deno.mkdir(`${folder}/${place}`, { recursive: true });
    const machine = await startWorker({
      workerd,
      module: await bundle(worker),
      compatibility,
      vars: isControl ? { RATE: rate, DATA } : vars,
      objects,
      services: log === undefined ? {} : { LOG_MACHINE: `127.0.0.1:${log.port}` },
      folder: `${folder}/${place}`,
      port,
    });
    cleanUp.defer(() => machine.kill());
    machines.push(machine);
    return machine;
  };
  const startLog = (port?: number): Promise<RunningWorker> =>
    start(LOG_MACHINE, { LOG: "Log" }, "log", undefined, port);
  let log = isControl ? undefined : await startLog();
  const startRelay = (index: number, port?: number): Promise<RunningWorker> =>
    isControl
      ? start(CONTROL_MACHINE, { CONTROL: "Control" }, `relay-${index}`, undefined, port)
      : start(RELAY_MACHINE, { RELAY: "Relay" }, `relay-${index}`, log, port);
  const relays = await Promise.all(
    Array.from({ length: relayCount }, (_, index) => startRelay(index)),
  );

  const options: ReadersOptions = { count, ports: relays.map(({ port }) => port), path: "/feed" };
  const readers = startReaders(options);
  cleanUp.defer(() => readers.end());
  await until(
    "all readers have connected",
    async () => (await readers.ask("count")).open === count,
  );
  if (!isControl) upstream.publish(rate, DATA);
  await delay(1000);

  const before = await readers.ask("measure");
  const cpu = new Map([...relays, ...(log ? [log] : [])].map(({ pid }) => [pid, cpuOf(pid)]));
  let relaySeconds = 0;
  let logSeconds = 0;
  let memory = 0;
  const started = performance.now();
  await delay(seconds * 500);
  if (kill === "relay" && !isControl) {
    const [first] = relays;
    relaySeconds += cpuOf(first!.pid) - cpu.get(first!.pid)!;
    memory = memoryOf(first!.pid);
    await first!.kill();
    relays[0] = await startRelay(0, first!.port);
  }
  if (kill === "log" && log !== undefined) {
    logSeconds += cpuOf(log.pid) - cpu.get(log.pid)!;
    await log.kill();
    log = await startLog(log.port);
  }
  await delay(seconds * 500);
  const elapsed = (performance.now() - started) / 1000;
  for (const { pid } of relays) {
    relaySeconds += cpuOf(pid) - (cpu.get(pid) ?? 0);
    memory = Math.max(memory, memoryOf(pid));
  }
  if (log !== undefined) logSeconds += cpuOf(log.pid) - (cpu.get(log.pid) ?? 0);
  const after = await readers.ask("count");
  upstream.pause();
  const paused = performance.now();
  let seen = after;
  const behind = (): number => isControl ? 0 : upstream.published - seen.least;
  while (behind() > 0 && performance.now() < paused + PATIENCE) {
    await delay(200);
    seen = await readers.ask("count");
  }
  const isExpected = (port: number): boolean =>
    kill === "relay" && !isControl && port === relays[0]!.port;
  const broken = Object.entries(seen.broken).filter(([port]) => !isExpected(Number(port)));
  return {
    seen,
    broken: broken.reduce((sum, [, connections]) => sum + connections, 0),
    caughtUp: behind() > 0 ? undefined : (performance.now() - paused) / 1000,
    behind: behind(),
    cost: relaySeconds / (after.events - before.events) * 1e6,
    cuts: machines.flatMap(({ output }) => output.match(/^Cut off .*$/gm) ?? []),
    cores: {
      relay: relaySeconds / elapsed / relayCount,
      log: logSeconds / elapsed,
      readers: (after.cpu - before.cpu) / elapsed,
    },
    memory,
  };
}

/** The readers, in a process of their own. */
function startReaders(options: ReadersOptions): {
  ask(command: "measure" | "count"): Promise<Seen>;
  end(): Promise<void>;
} {
  const script = new URL("readers.ts", import.meta.url).pathname;
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--allow-net", script, JSON.stringify(options)],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = process.stdin.getWriter();
  const lines = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    async ask(command): Promise<Seen> {
      await writer.write(new TextEncoder().encode(`${command}\n`));
      while (!text.includes("\n")) {
        const { value } = await lines.read();
        if (value === undefined) throw new Error("The readers have ended");
        text += value;
      }
      const end = text.indexOf("\n");
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      return JSON.parse(line);
    },
    async end(): Promise<void> {
      process.kill("SIGKILL");
      await process.status;
    },
  };
}

/** Seconds of the processor that a process has taken, and its threads. */
function cpuOf(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
  // The system counts in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** What a process has in memory, in MB. */
function memoryOf(pid: number): number {
  const [, pages] = Deno.readTextFileSync(`/proc/${pid}/statm`).split(" ");
  return Number(pages) * 4096 / 1e6;
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!await holds()) {
    if (performance.now() > end) throw new Error(`Waited in vain until ${what}`);
    await delay(100);
  }
}
