import type { HostOptions } from "./hostOptions.ts";
import { readHostRecords } from "./hostKeyPolicy.ts";
import { knownFor, parseKnownHosts } from "./knownHosts.ts";
import { addTrusted } from "./trustFile.ts";

/**
 * Puts keys on record for a host of which none is known yet: "ssh-ed25519 AAAA…" each, as its platform saw them made.
 * A host that is known already keeps what is on record, so that a key which changed is still refused.
 */
export async function pinHostKeys(options: HostOptions, keys: readonly string[], trustFile: string): Promise<void> {
  const { host, lines } = await readHostRecords(options, trustFile);
  if (knownFor(lines, host).length > 0) return;
  for (const line of keys) {
    const [parsed] = parseKnownHosts(`host ${line}`);
    if (parsed) await addTrusted(trustFile, host, { type: parsed.keyType, key: parsed.key });
  }
}
