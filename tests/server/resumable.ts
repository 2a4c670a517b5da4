/**
 * A stream of numbered events that is cut at random places, and goes on after the last event that
 * the client has.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { SeenRequest } from "./script.ts";

/** How many more cuts each stream gets, and what it may have got twice, by its path. */
const streams = new Map<string, { cuts: number }>();

/**
 * Answers a request for `/resumable?name=NAME&cuts=N`. After N cuts, an event of type "end" says
 * what the last id is. With `&head=whole` a cut spares the head and the reconnection time, for
 * clients that do not live long enough to wait for the default one.
 */
export function serveResumable(socket: Socket, { path, headers }: SeenRequest): void {
  const { searchParams } = new URL(path, "http://localhost");
  let stream = streams.get(path);
  if (stream === undefined) streams.set(path, stream = { cuts: Number(searchParams.get("cuts")) });
  let id = Number(headers["last-event-id"] ?? 0);
  const head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n" +
    "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
  if (stream.cuts-- <= 0) {
    streams.delete(path);
    socket.end(head + chunk(`event: end\ndata: ${id}\n\n`));
    return;
  }
  let text = "retry: 0\n";
  for (let count = Math.floor(Math.random() * 5); count >= 0; count--) {
    text += `id: ${++id}\ndata: event ${id}\r\ndata: \u20AC\n\n`;
  }
  const bytes = Buffer.from(head + chunk(text));
  const isSpared = searchParams.get("head") === "whole";
  const least = isSpared ? bytes.indexOf("id:") : 0;
  // Anywhere: in the head, in the framing, in a field, in a character, after the end.
  const cut = least + Math.floor(Math.random() * (bytes.length - least + 1));
  socket.write(bytes.subarray(0, cut), () => {
    // What a RST overtakes is lost.
    if (isSpared || Math.random() < 0.5) socket.end();
    else socket.resetAndDestroy();
  });
}

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n`;
}
