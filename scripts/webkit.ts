/**
 * WebKitGTK's MiniBrowser on a display of its own, driven by the WebDriver protocol.
 *
 * @see {@link https://www.w3.org/TR/webdriver2/}
 *
 * @module
 */

import type { ChildProcess } from "node:child_process";
import type { Browser, Tab } from "./browser.ts";
import { ROOT } from "./npm/config.ts";
import { end, start } from "./processes.ts";

/** How long the driver may take to start, and a page to load, in milliseconds. */
const PATIENCE = 30_000;

/** The driver's package, and the one of the display. */
export const DRIVER = "/usr/bin/WebKitWebDriver";
const BROWSER = `/usr/lib/${Deno.build.arch}-linux-gnu/webkit2gtk-4.1/MiniBrowser`;

/** Starts it through the driver at a path. */
export async function launchWebKit(driver: string): Promise<Browser> {
  const children: ChildProcess[] = [];
  const stop = () => children.reverse().forEach(end);
  try {
    const display = start(["Xvfb", "-displayfd", "1", "-screen", "0", "1280x1024x24"], {
      cwd: ROOT,
    });
    children.push(display);
    const env = { DISPLAY: `:${await firstLine(display)}` };
    const port = freePort();
    children.push(start([driver, `--port=${port}`], { cwd: ROOT, env }));
    const session = await Session.open(`http://127.0.0.1:${port}`);
    return {
      newTab: () => session.newTab(),
      async close(): Promise<void> {
        await session.close().finally(stop);
      },
    };
  } catch (error) {
    stop();
    throw error;
  }
}

/** A browser that is driven: each tab is a window of its own, so that none is hidden. */
class Session {
  readonly #url: string;
  /** The window of the start, which stays: others are opened from it. */
  readonly #first: string;
  /** One command after the other: each is about the tab that was chosen last. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(url: string, first: string) {
    this.#url = url;
    this.#first = first;
  }

  static async open(driver: string): Promise<Session> {
    const deadline = performance.now() + PATIENCE;
    while (!await fetch(`${driver}/status`).then(isReady, () => false)) {
      if (performance.now() > deadline) throw new Error(`${driver} is not ready`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const options = { binary: BROWSER, args: ["--automation"] };
    const { sessionId } = await call<{ sessionId: string }>("POST", `${driver}/session`, {
      capabilities: {
        alwaysMatch: {
          "webkitgtk:browserOptions": options,
          timeouts: { pageLoad: PATIENCE, script: PATIENCE },
        },
      },
    });
    const url = `${driver}/session/${sessionId}`;
    return new Session(url, await call("GET", `${url}/window`));
  }

  async newTab(): Promise<Tab> {
    const { handle } = await this.#in<{ handle: string }>(this.#first, "POST", "/window/new", {
      type: "window",
    });
    const inTab = <Value>(method: string, path: string, body?: object) =>
      this.#in<Value>(handle, method, path, body);
    return {
      goto: (url) => inTab("POST", "/url", { url }),
      back: () => inTab("POST", "/back", {}),
      evaluate: (expression) =>
        inTab("POST", "/execute/sync", { script: `return (${expression})`, args: [] }),
      resize: (width, height) => inTab("POST", "/window/rect", { width, height }),
      close: () => inTab("DELETE", "/window"),
    };
  }

  async close(): Promise<void> {
    await this.#in(this.#first, "DELETE", "");
  }

  #in<Value>(handle: string, method: string, path: string, body?: object): Promise<Value> {
    const result = this.#turn.then(async () => {
      await call("POST", `${this.#url}/window`, { handle });
      return await call<Value>(method, this.#url + path, body);
    });
    this.#turn = result.catch(() => {});
    return result;
  }
}

/** A command; its value. */
async function call<Value>(method: string, url: string, body?: object): Promise<Value> {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { value } = await response.json();
  if (!response.ok) throw new Error(`WebDriver: ${value.error}: ${value.message}`);
  return value;
}

async function isReady(response: Response): Promise<boolean> {
  return (await response.json()).value.ready === true;
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return port;
}

/** The first line that a process prints. */
function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout!.on("data", (chunk) => {
      text += chunk;
      if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
    });
    child.once("error", reject);
    child.once("exit", () => reject(new Error("Xvfb ended before it had a display")));
  });
}
