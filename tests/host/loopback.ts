/**
 * Places on loopback where no scripted server is.
 *
 * @module
 */

/**
 * A URL where nobody listens. Not a low port: those that are known, fetch itself refuses. Not one of
 * those that systems give for port 0, either: a server of another run would get it, and answer.
 */
export function refusedUrl(userinfo = ""): string {
  const port = 20_000 + Math.floor(10_000 * Math.random());
  try {
    using _ = Deno.listen({ hostname: "127.0.0.1", port });
    return `http://${userinfo}127.0.0.1:${port}/`;
  } catch {
    return refusedUrl(userinfo);
  }
}

/** A place where requests are taken and never answered. */
export interface Silence extends Disposable {
  readonly url: string;
}

/** The kernel completes connections to a socket that listens; nobody accepts them. */
export function listenInSilence(): Silence {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return {
    url: `http://127.0.0.1:${listener.addr.port}/`,
    [Symbol.dispose]: () => listener.close(),
  };
}
