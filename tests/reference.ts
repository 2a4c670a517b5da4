/**
 * A slow, literal reading of HTML, section 9.2.6: what the fast parser is compared with.
 *
 * @module
 */

/** What the interpretation of a stream comes to. */
export interface Interpretation {
  /** The events, in order: type, data, last event id. */
  readonly events: { type: string; data: string; lastEventId: string }[];
  /** The values that the reconnection time was set to. */
  readonly retries: number[];
  /** The last event id in the end. */
  readonly lastEventId: string;
}

/** Interprets a whole stream, given as bytes. */
export function interpret(bytes: Uint8Array): Interpretation {
  const events: Interpretation["events"] = [];
  const retries: number[] = [];
  let lastEventId = "";

  // "Streams must be decoded using the UTF-8 decode algorithm", which strips one byte order mark.
  const text = new TextDecoder().decode(bytes);

  // "They must be initialized to the empty string."
  let dataBuffer = "";
  let eventTypeBuffer = "";
  let lastEventIdBuffer = "";

  for (const line of linesOf(text)) {
    if (line === "") {
      // "Dispatch the event": first, the last event ID of the source becomes the buffer.
      lastEventId = lastEventIdBuffer;
      if (dataBuffer === "") {
        eventTypeBuffer = "";
        continue;
      }
      if (dataBuffer.endsWith("\n")) dataBuffer = dataBuffer.slice(0, -1);
      events.push({
        type: eventTypeBuffer === "" ? "message" : eventTypeBuffer,
        data: dataBuffer,
        lastEventId,
      });
      dataBuffer = "";
      eventTypeBuffer = "";
    } else if (line.startsWith(":")) {
      // "Ignore the line."
    } else if (line.includes(":")) {
      const field = line.slice(0, line.indexOf(":"));
      let value = line.slice(line.indexOf(":") + 1);
      if (value.startsWith(" ")) value = value.slice(1);
      process(field, value);
    } else {
      process(line, "");
    }
  }

  function process(field: string, value: string): void {
    if (field === "event") eventTypeBuffer = value;
    else if (field === "data") dataBuffer += value + "\n";
    else if (field === "id") {
      if (!value.includes("\0")) lastEventIdBuffer = value;
    } else if (field === "retry") {
      if (value !== "" && [...value].every((character) => "0123456789".includes(character))) {
        retries.push(parseInt(value, 10));
      }
    }
  }

  // "Any pending data must be discarded" at the end.
  return { events, retries, lastEventId };
}

/** The lines that have ended: by CRLF, by LF, or by CR. */
function linesOf(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === "\r" || character === "\n") {
      if (character === "\r" && text[at + 1] === "\n") at++;
      lines.push(line);
      line = "";
    } else {
      line += character;
    }
  }
  return lines;
}
