// squid, as Debian has it: a port for everybody, and one that wants credentials. It refuses to go to
// refused.test.
import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** How long it may take to start, in milliseconds. */
const PATIENCE = 10_000;

/** Tells who may go through the second port. */
const HELPER = `#!/bin/sh
while read -r user password; do
  if [ "$user $password" = "us3r p@ss" ]; then echo OK; else echo ERR; fi
done
`;

const config = ({ open, authenticated }, helper) => `
http_port 127.0.0.1:${open} name=open
http_port 127.0.0.1:${authenticated} name=authenticated
auth_param basic program ${helper}
auth_param basic children 1
acl refused dstdomain refused.test
acl open myportname open
acl users proxy_auth REQUIRED
http_access deny refused
http_access allow open
http_access allow users
http_access deny all
cache deny all
memory_cache_shared off
pinger_enable off
access_log none
cache_log /dev/null
cache_store_log none
pid_filename none
netdb_filename none
coredump_dir none
visible_hostname localhost
`;

export class Squid {
  #binary;
  #process;
  #file;
  ports = {};

  constructor(binary) {
    this.#binary = binary;
  }

  /** The first time, another may take its ports before it does. */
  async start() {
    const isFirst = this.#file === undefined;
    for (let left = isFirst ? 3 : 1;;) {
      if (isFirst) await this.#configure();
      const problem = await this.#run();
      if (problem === undefined) return;
      if (--left === 0) throw new Error(`${this.#binary} does not start: ${problem}`);
    }
  }

  async #configure() {
    this.ports = { open: await freePort(), authenticated: await freePort() };
    // Where it was started by root, it is another user.
    const folder = mkdtempSync(join(tmpdir(), "squid-"));
    chmodSync(folder, 0o755);
    process.once("exit", () => rmSync(folder, { recursive: true }));
    const helper = join(folder, "helper.sh");
    writeFileSync(helper, HELPER, { mode: 0o755 });
    this.#file = join(folder, "squid.conf");
    writeFileSync(this.#file, config(this.ports, helper));
  }

  /** Starts the process, and waits until it listens; what it said if it does not. */
  async #run() {
    let said = "";
    const child = spawn(this.#binary, ["-N", "-d", "1", "-f", this.#file]);
    this.#process = child;
    child.on("error", (error) => said += error.message);
    child.stdout.resume();
    child.stderr.on("data", (chunk) => said += chunk);
    const end = Date.now() + PATIENCE;
    for (;;) {
      const isListening = await isOpen(this.ports.open) && await isOpen(this.ports.authenticated);
      if (child.exitCode !== null || child.pid === undefined) return said;
      if (isListening) return undefined;
      if (Date.now() > end) {
        child.kill("SIGKILL");
        return said;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async kill() {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGKILL");
    await ended;
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function isOpen(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
