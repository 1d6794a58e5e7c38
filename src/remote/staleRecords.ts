import type { HostRecords } from "./hostKeyPolicy.ts";
import { judgeHostKey, knownHostsName, matchesHost, type HostKey, type KnownHost } from "./knownHosts.ts";

/** An old key in a known_hosts file that is not ours: while it is there, the user's own `ssh` refuses the machine. */
export interface StaleRecord {
  readonly file: string;
  /** The command that removes it, as words; absent where the line names other machines too, by a wildcard. */
  readonly removal?: readonly [string, ...string[]];
}

/** What the user's own files say against a key that is trusted in ours. */
export function staleRecords(
  { host, files }: HostRecords,
  trustFile: string,
  trusted: HostKey,
): readonly StaleRecord[] {
  const others = files.filter(({ file }) => file !== trustFile);
  const verdict = judgeHostKey(
    others.flatMap(({ lines }) => lines),
    host,
    trusted,
  );
  if (verdict.kind !== "changed") return [];
  const name = knownHostsName(host);
  return others.flatMap(({ file, lines }) => {
    const stale = lines.filter(({ marker, hosts }) => marker === undefined && matchesHost(hosts, name));
    if (stale.length === 0) return [];
    return [stale.every(namesOne) ? { file, removal: ["ssh-keygen", "-R", name, "-f", file] as const } : { file }];
  });
}

/** `ssh-keygen -R` leaves lines alone whose names are patterns. */
function namesOne({ hosts }: KnownHost): boolean {
  return !/[*?!]/.test(hosts);
}
