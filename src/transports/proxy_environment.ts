/**
 * The proxies that an environment names, by curl's rules, with ports in `NO_PROXY`.
 *
 * @see {@link https://curl.se/docs/manpage.html#ENVIRONMENT}
 * @module
 */

/** Reads a variable of an environment. */
export type Environment = (name: string) => string | undefined;

/** The scheme that a proxy's URL begins with. */
const SCHEME = /^[a-z][a-z0-9+.\-]*:\/\//i;

/** An item of `NO_PROXY`: a host, in brackets or not, the bits of a network, a port. */
const ITEM = /^(?:\[([^\]]*)\]|(.*?))(?:\/(\d+))?(?::(\d+))?$/;

const DEFAULT_PORTS: Readonly<Record<string, string>> = { "http:": "80", "https:": "443" };

/** The proxy for a URL, with a scheme; `undefined` for none. */
export function proxyOfEnvironment(url: URL, environment: Environment): string | undefined {
  const get = (name: string): string => environment(name) || environment(name.toUpperCase()) || "";
  if (isExempt(url, get("no_proxy"))) return undefined;
  // Under CGI, HTTP_PROXY holds the header `Proxy` of the request that the program answers.
  const http = environment("REQUEST_METHOD") ? environment("http_proxy") : get("http_proxy");
  const proxy = (url.protocol === "https:" ? get("https_proxy") : http) || get("all_proxy");
  return proxy === "" ? undefined : withScheme(proxy);
}

/** What names a proxy, with the scheme that it may leave out. */
export function withScheme(proxy: string): string {
  return SCHEME.test(proxy) ? proxy : `http://${proxy}`;
}

/** Whether a list like `NO_PROXY` has requests for a URL go direct. */
export function isExempt({ protocol, hostname, port }: URL, list: string): boolean {
  if (list.trim() === "*") return true;
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const address = addressBits(host);
  return list.toLowerCase().split(/[\s,]+/).some((item) => {
    const isBare = addressBits(item) !== undefined;
    const [, inBrackets, other, bits, onlyPort] = isBare ? [item, item] : ITEM.exec(item) ?? [];
    const name = (inBrackets ?? other ?? "").replace(/^\.|\.$/g, "");
    if (name === "") return false;
    if (onlyPort !== undefined && onlyPort !== (port || DEFAULT_PORTS[protocol])) return false;
    if (address === undefined) {
      return bits === undefined && (host === name || host.endsWith(`.${name}`));
    }
    const network = addressBits(name);
    const length = Number(bits ?? address.length);
    return network?.length === address.length && length <= network.length &&
      network.slice(0, length) === address.slice(0, length);
  });
}

/** The bits of an IP address, as 32 or 128 digits; `undefined` if it is none. */
function addressBits(text: string): string | undefined {
  const isV6 = text.includes(":");
  const url = isV6 ? `http://[${text}]/` : `http://${text}/`;
  if (!isV6 && !/^\d+(\.\d+){3}$/.test(text) || !URL.canParse(url)) return undefined;
  // The URL parser brings every form of an address into one.
  const { hostname } = new URL(url);
  if (!isV6) return hostname === text ? toBits(text.split("."), 10, 8) : undefined;
  const [head = "", tail = ""] = hostname.slice(1, -1).split("::");
  const [left = [], right = []] = [head, tail].map((part) => part.split(":").filter(Boolean));
  const gap = Array<string>(8 - left.length - right.length).fill("0");
  return toBits([...left, ...gap, ...right], 16, 16);
}

function toBits(parts: readonly string[], radix: number, width: number): string {
  return parts.map((part) => parseInt(part, radix).toString(2).padStart(width, "0")).join("");
}
