/** `ssh_config` allows loops of ProxyJump; nobody needs more hops than this. */
export const MAX_HOPS = 8;

/**
 * The arguments of `ssh` for the last of the hops in a ProxyJump, which is reached through those before it.
 * A first hop keeps the way that its own configuration gives it, as with OpenSSH.
 */
export function jumpArguments(proxyJump: string): readonly string[] {
  const hops = proxyJump.split(",").map((hop) => hop.trim());
  const last = hops.at(-1) ?? "";
  const before = hops.slice(0, -1).join(",");
  const { user, host, port } = parseHop(last);
  return [
    ...(user === undefined ? [] : ["-l", user]),
    ...(port === undefined ? [] : ["-p", port]),
    ...(before.length === 0 ? [] : ["-o", `ProxyJump=${before}`]),
    "--",
    host,
  ];
}

/** `[user@]host[:port]`, an IPv6 address in brackets, or the same as an `ssh://` address. */
export function parseHop(hop: string): { readonly user?: string; readonly host: string; readonly port?: string } {
  const bare = hop.replace(/^ssh:\/\//, "").replace(/\/$/, "");
  const at = bare.lastIndexOf("@");
  const address = bare.slice(at + 1);
  const user = at < 0 ? {} : { user: bare.slice(0, at) };
  const withPort = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(address);
  const host = withPort?.[1] ?? withPort?.[2] ?? address;
  const port = withPort?.[3];
  return { ...user, host, ...(port === undefined ? {} : { port }) };
}
