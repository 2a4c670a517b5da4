/**
 * Events as the text of an event stream.
 *
 * @module
 */

/** The parts of an event. Neither the id nor the type has line breaks: none that was parsed has. */
export interface OutgoingEvent {
  readonly id?: string | number | undefined;
  readonly type?: string | undefined;
  readonly data: string;
}

const encoder = new TextEncoder();

/** Encodes an event. Each line of its data becomes a field of its own. */
export function encodeEvent({ id, type = "message", data }: OutgoingEvent): Uint8Array {
  let text = id === undefined ? "" : `id: ${id}\n`;
  if (type !== "message") text += `event: ${type}\n`;
  for (const line of data.split(/\r\n|\r|\n/)) text += `data: ${line}\n`;
  return encoder.encode(`${text}\n`);
}
