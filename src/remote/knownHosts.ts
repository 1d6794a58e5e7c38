import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** A line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost {
  readonly marker?: "revoked" | "cert-authority";
  /** Names, wildcards and negations separated by commas, or one name hashed as `|1|salt|hash`. */
  readonly hosts: string;
  readonly keyType: string;
  /** Base64. */
  readonly key: string;
}

export interface HostKey {
  /** As in the key itself, e.g. "ssh-rsa" whatever the signature's hash. */
  readonly type: string;
  /** Base64 of the wire form. */
  readonly key: string;
}

/** Which machine a key is looked up for. */
export interface HostIdentity {
  readonly hostName: string;
  readonly port: number;
  /** Stands for name and port together. */
  readonly hostKeyAlias?: string;
}

export type HostKeyVerdict =
  | { readonly kind: "trusted" }
  /** No line speaks of this host. */
  | { readonly kind: "unknown" }
  /** Other keys are on record for this host. */
  | { readonly kind: "changed"; readonly known: readonly HostKey[] }
  | { readonly kind: "revoked" }
  /** Only certificates of an authority are trusted for this host, and this key is not one. */
  | { readonly kind: "authority-only" };

/** Lines that OpenSSH would skip are skipped: comments, unknown markers, anything too short. */
export function parseKnownHosts(text: string): readonly KnownHost[] {
  return linesWhere(text, () => true);
}

/** The lines that speak of this host, by its name with or without the port. Of other lines no key is read. */
export function parseKnownHostsOf(text: string, host: HostIdentity): readonly KnownHost[] {
  const names = [knownHostsName(host), host.hostName.toLowerCase()];
  return linesWhere(text, (hosts) => names.some((name) => matchesHost(hosts, name)));
}

/** The verdict of OpenSSH on a key that a host has shown, from the lines of every file together. */
export function judgeHostKey(lines: readonly KnownHost[], host: HostIdentity, shown: HostKey): HostKeyVerdict {
  const verdict = judgeName(lines, knownHostsName(host), shown);
  if (verdict.kind !== "unknown" || !hasPortName(host)) return verdict;
  // As OpenSSH does: a key on record for the plain name counts for its other ports, but does not contradict there.
  const plain = judgeName(lines, host.hostName.toLowerCase(), shown);
  return plain.kind === "changed" ? verdict : plain;
}

/** What is on record for a host, whichever key it may show. */
export function knownFor(lines: readonly KnownHost[], host: HostIdentity): readonly KnownHost[] {
  const name = knownHostsName(host);
  return lines.filter((line) => matchesHost(line.hosts, name));
}

/** The name under which a host is on record: `[name]:port` unless the port is 22. */
export function knownHostsName({ hostName, port, hostKeyAlias }: HostIdentity): string {
  if (hostKeyAlias !== undefined) return hostKeyAlias.toLowerCase();
  const name = hostName.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** True where the first field of a line speaks of this name. */
export function matchesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith("|")) return matchesHash(hosts, name);
  let matched = false;
  for (const pattern of hosts.toLowerCase().split(",")) {
    if (pattern.startsWith("!")) {
      if (matchesPattern(pattern.slice(1), name)) return false;
    } else if (matchesPattern(pattern, name)) {
      matched = true;
    }
  }
  return matched;
}

/** As OpenSSH prints it: SHA256 in base64 without padding. */
export function fingerprint(key: string): string {
  return `SHA256:${createHash("sha256").update(Buffer.from(key, "base64")).digest("base64").replace(/=+$/, "")}`;
}

/** The key of the wire form; undefined where it has no type. */
export function toHostKey(wire: Buffer): HostKey | undefined {
  if (wire.length < 4) return undefined;
  const length = wire.readUInt32BE(0);
  if (length === 0 || length > 64 || wire.length < 4 + length) return undefined;
  return { type: wire.toString("latin1", 4, 4 + length), key: wire.toString("base64") };
}

function judgeName(lines: readonly KnownHost[], name: string, shown: HostKey): HostKeyVerdict {
  const matching = lines.filter((line) => matchesHost(line.hosts, name));
  if (matching.some((line) => line.marker === "revoked" && line.key === shown.key)) return { kind: "revoked" };
  const plain = matching.filter((line) => line.marker === undefined);
  if (plain.some((line) => line.key === shown.key)) return { kind: "trusted" };
  if (plain.length > 0) {
    return { kind: "changed", known: plain.map(({ keyType, key }) => ({ type: keyType, key })) };
  }
  return matching.some((line) => line.marker === "cert-authority") ? { kind: "authority-only" } : { kind: "unknown" };
}

function hasPortName({ port, hostKeyAlias }: HostIdentity): boolean {
  return port !== 22 && hostKeyAlias === undefined;
}

function linesWhere(text: string, speaksOf: (hosts: string) => boolean): readonly KnownHost[] {
  return text.split(/\r?\n/).flatMap((line) => parseLine(line, speaksOf) ?? []);
}

function parseLine(line: string, speaksOf: (hosts: string) => boolean): KnownHost | undefined {
  const words = line.trim().split(/[ \t]+/);
  const marker = MARKERS.get(words[0] ?? "");
  const [hosts, keyType, key] = marker === undefined ? words : words.slice(1);
  // Comments and markers of a later OpenSSH.
  if (hosts === undefined || /^[#@]/.test(hosts) || !speaksOf(hosts)) return undefined;
  const wire = toHostKey(Buffer.from(key ?? "", "base64"));
  if (wire === undefined || wire.type !== keyType) return undefined;
  return { ...(marker === undefined ? {} : { marker }), hosts, keyType, key: wire.key };
}

const MARKERS: ReadonlyMap<string, NonNullable<KnownHost["marker"]>> = new Map([
  ["@revoked", "revoked"],
  ["@cert-authority", "cert-authority"],
]);

/** `|1|` salt `|` HMAC-SHA1 of the name, both in base64. */
function matchesHash(hosts: string, name: string): boolean {
  const [, version, salt, hash] = hosts.split("|");
  if (version !== "1" || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, "base64");
  const actual = createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** `*` and `?` as in a file name, without a regular expression: patterns may come from files shared by many. */
function matchesPattern(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let retry = 0;
  let index = 0;
  while (at < name.length) {
    if (index < pattern.length && (pattern[index] === "?" || pattern[index] === name[at]) && pattern[index] !== "*") {
      index += 1;
      at += 1;
    } else if (pattern[index] === "*") {
      star = index;
      index += 1;
      retry = at;
    } else if (star >= 0) {
      index = star + 1;
      retry += 1;
      at = retry;
    } else {
      return false;
    }
  }
  while (pattern[index] === "*") index += 1;
  return index === pattern.length;
}
