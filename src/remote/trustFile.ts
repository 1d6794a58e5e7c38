import path from "node:path";
import { readIfPresent, replaceFile } from "../files/atomicFile.ts";
import { withLock } from "../files/lock.ts";
import { makePrivateFolder } from "../files/privateFolder.ts";
import {
  knownHostsName,
  matchesHost,
  parseKnownHosts,
  type HostIdentity,
  type HostKey,
  type KnownHost,
} from "./knownHosts.ts";

/** Puts a key on record in our own known_hosts. The folder (0700) and the file (0600) are made when first needed. */
export async function addTrusted(file: string, host: HostIdentity, key: HostKey): Promise<void> {
  await change(file, (text) => {
    const known = parseKnownHosts(text).some((line) => isRecordOf(line, host) && line.key === key.key);
    return known ? text : appended(text, host, key);
  });
}

/** As `addTrusted`, and forgets every other key on record there for exactly this host. */
export async function replaceTrusted(file: string, host: HostIdentity, key: HostKey): Promise<void> {
  await change(file, (text) => {
    const kept = text.split("\n").filter((line) => !parseKnownHosts(line).some((known) => isRecordOf(known, host)));
    return appended(kept.join("\n"), host, key);
  });
}

/** Our own lines name one host each; a wildcard or a revocation that somebody wrote there is theirs. */
function isRecordOf({ marker, hosts }: KnownHost, host: HostIdentity): boolean {
  if (marker !== undefined) return false;
  const name = knownHostsName(host);
  return hosts.startsWith("|") ? matchesHost(hosts, name) : hosts.toLowerCase() === name;
}

function appended(text: string, host: HostIdentity, { type, key }: HostKey): string {
  const before = text.length === 0 || text.endsWith("\n") ? text : `${text}\n`;
  return `${before}${knownHostsName(host)} ${type} ${key}\n`;
}

async function change(file: string, edit: (text: string) => string): Promise<void> {
  await makePrivateFolder(path.dirname(file));
  await withLock(file, async (stillHeld) => {
    const before = (await readIfPresent(file))?.toString("utf8") ?? "";
    const after = edit(before);
    if (after !== before) await replaceFile(file, Buffer.from(after), { mode: 0o600, beforeRename: stillHeld });
  });
}
