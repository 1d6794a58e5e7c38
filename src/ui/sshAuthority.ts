const PREFIX = "ssh-remote+";

/**
 * The alias in the authority of a window on an SSH host: `ssh-remote+trainer`, or, for names that an address would not
 * keep, JSON in hexadecimal digits: `ssh-remote+7b22686f73744e616d65…` is `{"hostName": …}`. Undefined for any other.
 */
export function aliasOfAuthority(authority: string): string | undefined {
  if (!authority.startsWith(PREFIX)) return undefined;
  const host = authority.slice(PREFIX.length);
  return host === "" ? undefined : (hostNameInHex(host) ?? host);
}

/** An alias may itself consist of hexadecimal digits: only what holds a host name is taken for JSON. */
function hostNameInHex(text: string): string | undefined {
  if (!/^7b(?:[0-9a-f]{2})+7d$/i.test(text)) return undefined;
  const bytes = Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value !== "object" || value === null || !("hostName" in value)) return undefined;
    return typeof value.hostName === "string" && value.hostName !== "" ? value.hostName : undefined;
  } catch {
    return undefined;
  }
}
