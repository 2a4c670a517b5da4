/**
 * The parts that an entry adds for its runtimes, so that the others do not load them.
 *
 * @module
 */

import type { FollowRedirects } from "./request/redirect.ts";
import type { Transport, TransportInit } from "./transports/transport.ts";

/** What differs between platforms. */
export interface Platform {
  /** Makes the transport for the options. */
  createTransport(init: TransportInit): Transport;
  /** Absent where the platform follows redirects itself. */
  readonly followRedirects?: FollowRedirects;
  /** Strips the runtime's errors, where they carry more than words. */
  readonly causeOf?: (thrown: unknown) => unknown;
  /** Dispatches our events where the runtime's own method differs from the DOM standard. */
  readonly dispatchEvent?: EventTarget["dispatchEvent"] | undefined;
  /** The value of `Last-Event-ID`, where that may be text, not bytes; empty if it cannot be sent. */
  readonly idValue?: (id: string) => string;
}
