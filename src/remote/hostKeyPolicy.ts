import { plainText } from "../core/plainText.ts";
import { GpuDevError } from "../core/error.ts";
import { sentence } from "../core/sentence.ts";
import { readIfPresent } from "../files/atomicFile.ts";
import type { Ask } from "../core/ask.ts";
import type { HostOptions } from "./hostOptions.ts";
import {
  fingerprint,
  judgeHostKey,
  knownFor,
  parseKnownHostsOf,
  type HostIdentity,
  type HostKey,
  type HostKeyVerdict,
  type KnownHost,
} from "./knownHosts.ts";
import { staleRecords, type StaleRecord } from "./staleRecords.ts";
import { addTrusted, replaceTrusted } from "./trustFile.ts";

/**
 * refuse: background; an unknown key ends the connection.
 * ask: interactive; an unknown key is shown to the user, a changed one ends the connection.
 * replace: the user asked for a changed key to be replaced; shown and confirmed as well. What the user's own files
 * hold against it is left there and told.
 */
export type HostKeyPolicy =
  | { readonly kind: "refuse" }
  | { readonly kind: "ask"; readonly ask: Ask }
  | { readonly kind: "replace"; readonly ask: Ask; readonly onStale: (found: readonly StaleRecord[]) => void };

/** What is on record for one host, in the user's files and in ours. */
export interface HostRecords {
  readonly host: HostIdentity;
  /** Each with its lines that speak of the host. */
  readonly files: readonly { readonly file: string; readonly lines: readonly KnownHost[] }[];
  /** Of all files. */
  readonly lines: readonly KnownHost[];
  /** Types of the keys on record for this very host: only these are accepted from it. */
  readonly knownTypes: readonly string[];
  readonly authorityOnly: boolean;
}

/** Reads every known_hosts file that `ssh` would read, and ours. A missing file is an empty one, an unreadable is not. */
export async function readHostRecords(options: HostOptions, trustFile: string): Promise<HostRecords> {
  const host = {
    hostName: options.hostName,
    port: options.port,
    ...(options.hostKeyAlias === undefined ? {} : { hostKeyAlias: options.hostKeyAlias }),
  };
  const names = [...new Set([trustFile, ...options.knownHostsFiles])];
  const files = await Promise.all(names.map(async (file) => ({ file, lines: await readKnownHosts(file, host) })));
  const lines = files.flatMap((each) => each.lines);
  const matching = knownFor(lines, host);
  const plain = matching.filter((line) => line.marker === undefined);
  return {
    host,
    files,
    lines,
    knownTypes: [...new Set(plain.map((line) => line.keyType))],
    // As with keys, an authority for the plain name counts for the other ports of the host.
    authorityOnly:
      plain.length === 0 &&
      [...matching, ...knownFor(lines, { ...host, port: 22 })].some((line) => line.marker === "cert-authority"),
  };
}

export interface Verification {
  readonly records: HostRecords;
  readonly policy: HostKeyPolicy;
  readonly trustFile: string;
  readonly signal: AbortSignal;
}

/** Resolves where the key is trusted, if need be by the user's word. Throws a GpuDevError where it is not. */
export async function verifyHostKey(shown: HostKey, verification: Verification): Promise<void> {
  const verdict = judgeHostKey(verification.records.lines, verification.records.host, shown);
  switch (verdict.kind) {
    case "trusted":
      return;
    case "revoked":
      throw refusal(
        "host-key-changed",
        "{0} shows a key that is marked as revoked: {1}. The connection was refused.",
        verification,
        shown,
      );
    case "changed":
      await replaceChanged(shown, verdict, verification);
      return;
    case "unknown":
    case "authority-only":
      await askFirst(shown, verification);
      return;
  }
}

/** The error for a host that has none of the keys on record for it, and therefore shows none of them. */
export function otherKeyType(records: HostRecords): GpuDevError {
  return new GpuDevError(
    "host-key-changed",
    sentence(
      "{0} no longer has the {1} key it is known by. The connection was refused. If the machine was reinstalled, trust its new key.",
      shownName(records.host),
      records.knownTypes.join(", "),
    ),
  );
}

async function askFirst(shown: HostKey, verification: Verification): Promise<void> {
  const { policy } = verification;
  const text = "{0} is not known yet. Its key has the fingerprint {1}. Connect once yourself to check and trust it.";
  if (policy.kind === "refuse") throw refusal("host-key-unknown", text, verification, shown);
  if (!(await isConfirmed(shown, [], verification, policy.ask))) {
    throw refusal("host-key-unknown", "The key of {0}, {1}, was not trusted. Nothing was sent.", verification, shown);
  }
  await addTrusted(verification.trustFile, verification.records.host, shown);
}

async function replaceChanged(
  shown: HostKey,
  verdict: Extract<HostKeyVerdict, { readonly kind: "changed" }>,
  verification: Verification,
): Promise<void> {
  const { policy } = verification;
  const text =
    "The key of {0} has changed: it shows {1}. Somebody may be listening in, or the machine was reinstalled. The connection was refused before anything was sent. If you know why it changed, trust the new key.";
  if (policy.kind !== "replace") throw refusal("host-key-changed", text, verification, shown);
  const trusted = verdict.known.map(({ key }) => fingerprint(key));
  if (!(await isConfirmed(shown, trusted, verification, policy.ask))) {
    throw refusal("host-key-changed", "The new key of {0}, {1}, was not trusted.", verification, shown);
  }
  await replaceTrusted(verification.trustFile, verification.records.host, shown);
  policy.onStale(staleRecords(verification.records, verification.trustFile, shown));
}

function isConfirmed(
  shown: HostKey,
  trustedFingerprints: readonly string[],
  { records: { host }, signal }: Verification,
  ask: Ask,
): Promise<boolean> {
  return ask.trustHostKey(
    {
      host: shownName({ ...host, port: 22 }),
      port: host.port,
      keyType: shown.type,
      fingerprint: fingerprint(shown.key),
      trustedFingerprints,
    },
    signal,
  );
}

function refusal(
  code: "host-key-unknown" | "host-key-changed",
  text: string,
  { records }: Verification,
  shown: HostKey,
): GpuDevError {
  return new GpuDevError(code, sentence(text, shownName(records.host), `${shown.type} ${fingerprint(shown.key)}`));
}

function shownName({ hostName, port }: HostIdentity): string {
  return plainText(port === 22 ? hostName : `${hostName}:${port}`);
}

async function readKnownHosts(file: string, host: HostIdentity): Promise<readonly KnownHost[]> {
  return parseKnownHostsOf((await readIfPresent(file))?.toString("utf8") ?? "", host);
}
