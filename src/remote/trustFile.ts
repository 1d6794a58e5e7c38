import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { GpuDevError, messageOf } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import { knownHostsName, matchesHost, parseKnownHosts, type HostIdentity, type HostKey } from "./knownHosts.ts";

/** A lock that nobody touched for this long is the rest of a crash or of a sleep. */
const STALE_LOCK_MS = 10_000;

/** Puts a key on record in our own known_hosts. The folder (0700) and the file (0600) are made when first needed. */
export async function addTrusted(file: string, host: HostIdentity, key: HostKey): Promise<void> {
  await change(file, (text) => {
    const known = parseKnownHosts(text).some((line) => isRecordOf(line.hosts, host) && line.key === key.key);
    return known ? text : appended(text, host, key);
  });
}

/** As `addTrusted`, and forgets every other key on record there for exactly this host. */
export async function replaceTrusted(file: string, host: HostIdentity, key: HostKey): Promise<void> {
  await change(file, (text) => {
    const kept = text.split("\n").filter((line) => !parseKnownHosts(line).some(({ hosts }) => isRecordOf(hosts, host)));
    return appended(kept.join("\n"), host, key);
  });
}

function isRecordOf(hosts: string, host: HostIdentity): boolean {
  const name = knownHostsName(host);
  // Our own lines name one host each; a wildcard somebody wrote there is theirs.
  return hosts.startsWith("|") ? matchesHost(hosts, name) : hosts.toLowerCase() === name;
}

function appended(text: string, host: HostIdentity, { type, key }: HostKey): string {
  const before = text.length === 0 || text.endsWith("\n") ? text : `${text}\n`;
  return `${before}${knownHostsName(host)} ${type} ${key}\n`;
}

async function change(file: string, edit: (text: string) => string): Promise<void> {
  try {
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const { lock } = await import("proper-lockfile");
    // `realpath: false`: the file need not exist yet.
    const release = await lock(file, {
      realpath: false,
      stale: STALE_LOCK_MS,
      // Lost to another window while this machine slept: the rename is atomic all the same. By default it would throw
      // from a timer, where nobody can catch it.
      onCompromised: () => undefined,
      retries: { retries: 40, factor: 1.2, minTimeout: 20, maxTimeout: 500 },
    });
    try {
      await write(file, edit);
    } finally {
      await release();
    }
  } catch (error) {
    throw new GpuDevError(
      "storage",
      sentence("The host key could not be saved in {0}: {1}. Nothing was changed.", file, messageOf(error)),
      { cause: error },
    );
  }
}

/** A file that cannot be read is an error, never an empty file. */
async function write(file: string, edit: (text: string) => string): Promise<void> {
  const before = await readFile(file, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return "";
    throw error;
  });
  const after = edit(before);
  if (after === before) return;
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, after, { mode: 0o600, flush: true });
    await chmod(temporary, 0o600);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
