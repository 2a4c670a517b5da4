/**
 * What console.log makes of events and sources: all that matters, and no secret.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { ending, script } from "../scripted.ts";
import { refusedUrl } from "./loopback.ts";
import { type Run, testPrograms } from "./programs.ts";

const SECRETS = { Authorization: "Bearer t0ken" };

/** What a program printed, in one line and with one kind of quotes: the runtimes differ in both. */
async function printed(
  run: Run,
  url: string,
  init: object = {},
  program = "inspect.ts",
): Promise<string> {
  const { lines, code, report } = await run(program, url, JSON.stringify(init));
  assertEquals(code, 0, report);
  return lines.map(({ text }) => text).join(" ").replaceAll("'", '"').replace(/,?\s+(?=\})/g, " ")
    .replace(/\s+/g, " ");
}

/** The event of a name within what was printed, up to the next of ours. */
function part(text: string, name: string): string {
  const start = text.indexOf(`${name} {`);
  assert(start !== -1, `no ${name} in: ${text}`);
  const end = text.slice(start + 1).search(/(Message|EventSourceOpen|EventSourceError)Event \{/);
  return end === -1 ? text.slice(start) : text.slice(start, start + 1 + end);
}

function withUserinfo(url: string): string {
  return url.replace("://", "://us3r:s3cret@");
}

testPrograms("inspect: a message event prints its members in full", async (run) => {
  // More than the width of any terminal.
  const data = "x".repeat(300);
  const server = await script(ending(`id: 7\ndata: ${data}\n\nevent: nested\ndata: b\n\n`));
  const text = await printed(run, server.url);
  const origin = new URL(server.url).origin;
  const tail = `origin: "${origin}", lastEventId: "7" }`;
  assert(text.includes(`MessageEvent { type: "message", data: "${data}", ${tail}`), text);
  assert(text.includes(`event: MessageEvent { type: "nested", data: "b", ${tail}`), text);
});

testPrograms("inspect: an open event prints its members in full", async (run) => {
  const server = await script(
    { status: 302, headers: { Location: "?redirected" }, steps: ["end"] },
    { headers: { "Content-Type": "text/event-stream", "X-Answer": "hidden" }, steps: ["end"] },
  );
  const event = part(await printed(run, server.url), "EventSourceOpenEvent");
  // The names alone: a value may be a secret.
  assertMatch(event, /^EventSourceOpenEvent \{ status: 200, headers: \[[^\]]*"x-answer"[^\]]*\]/);
  assert(event.includes(`url: "${server.url}?redirected", redirected: true }`), event);
  assert(!event.includes("hidden"), event);
});

testPrograms("inspect: an error event prints its members in full", async (run) => {
  const server = await script({ status: 404, steps: ["end"] });
  const event = part(await printed(run, server.url), "EventSourceErrorEvent");
  const message = `${server.url} answered with status 404, not 200`;
  const start = `EventSourceErrorEvent { message: "${message}", error: `;
  assertEquals(event.slice(0, start.length), start);
  // The error itself, with its stack and its own members.
  assertMatch(event, /error: .*EventSourceError.* at .*reason: "status", status: 404 \}, reason/);
  assertMatch(
    event,
    /, reason: "status", status: 404, code: 404, willReconnect: false, delay: undefined, attempt: 1 \}/,
  );
});

testPrograms("inspect: an error event prints its cause", async (run) => {
  const event = part(await printed(run, refusedUrl()), "EventSourceErrorEvent");
  // What that is caused by in turn lies too deep for Node.js: the message holds it.
  assertMatch(
    event,
    /message: "[^"]*refused[^"]*".* \[cause\]: \[?(Error \[TypeError\]|TypeError|Error): /i,
  );
  assertMatch(event, /, code: undefined, willReconnect: true, delay: [\d.]+, attempt: 1 \}\s*$/);
});

testPrograms("inspect: no event shows a header's value or user information", async (run) => {
  const ended = await script(ending("data: a\n\n"));
  const rejected = await script({ status: 401, steps: ["end"] });
  const reset = await script({ steps: [{ write: "data: a\n\n" }, { wait: 20 }, "reset"] });
  const astray = await script({ status: 302, headers: { Location: refusedUrl("us3r:s3cret@") } });
  const urls = [ended.url, rejected.url, reset.url, astray.url, refusedUrl()];
  const cases: [url: string, init: object][] = [
    ...urls.map((url): [string, object] => [url, { headers: SECRETS }]),
    ...urls.map((url): [string, object] => [withUserinfo(url), {}]),
    [withUserinfo("ftp://localhost/"), { headers: SECRETS }],
    // Refused only by what sends it on some runtimes.
    [rejected.url, { headers: { "Content-Length": "t0ken" } }],
    [rejected.url, { headers: { Upgrade: "t0ken" } }],
  ];
  const texts = await Promise.all(cases.map(([url, init]) => printed(run, url, init)));
  // The user information was sent indeed, as the header that it becomes.
  const sent = (await rejected.requests(2)).map(({ headers }) => headers["authorization"]);
  const encoded = btoa("us3r:s3cret");
  assert(sent.includes(`Basic ${encoded}`) && sent.includes(SECRETS.Authorization), `${sent}`);
  for (const text of texts) {
    part(text, "EventSourceErrorEvent");
    for (const secret of ["t0", "us3r", "s3cret", encoded]) {
      assert(!text.includes(secret), `${secret} is in: ${text}`);
    }
  }
});

testPrograms("inspect: no message of an error event shows a query", async (run) => {
  for (const url of [refusedUrl(), (await script({ status: 401, steps: ["end"] })).url]) {
    const text = await printed(run, `${url}?key=s3cret#s3cret`);
    const [, message = ""] = /EventSourceErrorEvent \{ message: "([^"]*)"/.exec(text) ?? [];
    assert(message.includes(url) && !message.includes("s3cret"), text);
  }
});

testPrograms("inspect: a source prints its attributes in full, and no secret", async (run) => {
  const server = await script(ending("retry: 70\nid: 8\ndata: a\n\n"));
  const url = withUserinfo(`${server.url}?q=@`);
  const init = { headers: SECRETS, lastEventId: "7", withCredentials: true };
  const text = await printed(run, url, init, "inspect_source.ts");
  const attributes = (state: number, id: string, time: number): string =>
    `{ url: "${server.url}?q=@", withCredentials: true, readyState: ${state}, ` +
    `lastEventId: "${id}", reconnectionTime: ${time} }`;
  assertEquals(
    text,
    [
      `new Ticker ${attributes(0, "7", 3000)}`,
      `following { source: Ticker ${attributes(1, "8", 70)} }`,
      `closed Ticker ${attributes(2, "8", 70)}`,
      'made from a stream EventSource { url: "about:event-stream", withCredentials: false, ' +
      'readyState: 0, lastEventId: "", reconnectionTime: 3000 }',
      'nameless EventSource { url: "about:blank", withCredentials: false, readyState: 0, ' +
      'lastEventId: "", reconnectionTime: 3000 }',
      "no source EventSource {}",
      "no event EventSourceErrorEvent {}",
    ].join(" "),
  );
});
