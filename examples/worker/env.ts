/**
 * The Worker's bindings, from wrangler.jsonc.
 *
 * @module
 */

/** The Worker's bindings. */
export interface Env {
  /** The URL of the event stream. */
  readonly UPSTREAM: string;
  /**
   * The token for the upstream, if it needs one: `wrangler secret put UPSTREAM_TOKEN`.
   */
  readonly UPSTREAM_TOKEN?: string | undefined;
  /** How long `/wind` waits, in milliseconds. */
  readonly WAIT: number;
  /** How many events the feed keeps for readers that come back. */
  readonly KEPT: number;
  /** How many relays serve the feed. */
  readonly RELAYS: number;
  /** How many readers each of them serves. */
  readonly READERS: number;
  /** How often the feed sends a heartbeat, in milliseconds. */
  readonly HEARTBEAT: number;
  /** How long the feed stays connected without a reader, in milliseconds. */
  readonly LINGER: number;
  /** The origins whose pages may read the feed, with spaces between them; `*` for all. */
  readonly ORIGINS: string;
  readonly LOG: DurableObjectNamespace;
  readonly RELAY: DurableObjectNamespace;
}

/** The header fields of every request to the stream. */
export function upstreamHeaders({ UPSTREAM_TOKEN: token }: Env): Record<string, string> {
  return token ? { Authorization: `Bearer ${token}` } : {};
}
